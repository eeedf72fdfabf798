//! The desk: every page × who opens it, and what the staff do there.

use app::desk::{NewTicket, Step};
use kernel::{Draft, Field, PersonId};
use world::{Person, axum::http::header};

use crate::{House, cookie_of, html, location};

/// What things are called in addresses.
struct Things {
    ticket: i64,
    tenant: PersonId,
    property: i64,
    garden: i64,
    unit: i64,
}

impl House {
    async fn things(&self) -> Things {
        let staff = self.staff().await;
        let ticket = self.app.tickets().get(&staff, self.home.ticket).await.unwrap().ticket.number;
        let unit = self.unit("1").await.get();
        let (tenant, property, garden) = (self.home.tenant, self.home.harbour.get(), self.home.garden.get());
        Things { ticket, tenant, property, garden, unit }
    }

    /// Makes a ticket about a person; answers its number.
    pub async fn opened(&self, by: &Person, about: PersonId, title: &str) -> i64 {
        let caller = self.caller(&self.cookie(by).await).await;
        let new = NewTicket {
            person_id: Field::Given(Some(about)),
            title: Field::Given(title.to_owned()),
            shared: true,
            ..NewTicket::default()
        };
        self.app.desk().open_ticket(&caller, Draft::from(new)).await.unwrap()
    }
}

/// Pages about all of the organization, and pages about things of the harbour.
fn pages(t: &Things) -> (Vec<String>, Vec<String>) {
    let general = [
        "/desk",
        "/desk/tickets",
        "/desk/tickets?as=board",
        "/desk/tickets?q=x&state=any&who=nobody&urgency=Low&late=yes&sort=old",
        "/desk/tickets/new",
        "/desk/tickets/new?q=renty",
        "/desk/people",
        "/desk/people?who=staff",
        "/desk/people?state=former&q=x",
        "/desk/people/new",
        "/desk/properties",
        "/desk/properties?archived=yes",
        "/search",
        "/search?q=renty",
    ];
    let of_things = vec![
        format!("/desk/tickets/{}", t.ticket),
        format!("/desk/people/{}", t.tenant),
        format!("/desk/people/{}/edit", t.tenant),
        format!("/desk/properties/{}", t.property),
        format!("/desk/units/{}", t.unit),
        format!("/desk/tickets/new?person={}", t.tenant),
        format!("/desk/tickets/new?unit={}", t.unit),
        format!("/desk/tickets/new?property={}", t.property),
    ];
    (general.map(str::to_owned).to_vec(), of_things)
}

/// Pages on which properties and units are changed.
fn changing(t: &Things) -> Vec<String> {
    vec![
        "/desk/properties/new".to_owned(),
        format!("/desk/properties/{}/edit", t.property),
        format!("/desk/properties/{}/units/new", t.property),
        format!("/desk/units/{}/edit", t.unit),
    ]
}

world::tests! { crate::open =>
    async fn every_page_of_the_desk_for_everybody(w: House) {
        let t = w.things().await;
        let (general, of_things) = pages(&t);
        let (admin, manager) = (w.cookie(&w.home.admin).await, w.cookie(&w.home.manager).await);
        let (staff, keeper) = (w.cookie(&w.home.staff).await, w.cookie(&w.home.property_manager).await);
        let (resident, foreign) = (w.cookie(&w.home.tenant_with_login).await, w.cookie(&w.other.admin).await);
        for path in general.iter().chain(&of_things).chain(&changing(&t)) {
            let nobody = w.get(path.as_str()).await;
            assert!(nobody.status == 303 && location(&nobody).starts_with("/app/login?next="), "{path}");
            let mine = w.page(path, &resident).await;
            if path.starts_with("/search") {
                assert_eq!(mine.status, 200, "{path}");
            } else {
                assert_eq!((mine.status, location(&mine)), (303, "/home"), "{path}");
            }
            let page = w.page(path, &admin).await;
            assert_eq!(page.status, 200, "{path}: {}", html(&page));
            crate::rights::is_sound(path, &page);
            assert_eq!(w.page(path, &manager).await.status, 200, "{path} for a manager");
        }
        for path in general.iter().chain(&of_things) {
            assert_eq!(w.page(path, &staff).await.status, 200, "{path} for the staff");
            assert_eq!(w.page(path, &keeper).await.status, 200, "{path} for who manages the harbour");
        }
        for path in changing(&t) {
            assert_eq!(w.page(&path, &staff).await.status, 403, "{path} for the staff");
            assert_eq!(w.page(&path, &keeper).await.status, 403, "{path} for who manages the harbour");
        }
        for path in of_things.iter().chain(&changing(&t)[1..]) {
            let status = w.page(path, &foreign).await.status;
            // The other organization's ticket of the same number is another ticket.
            assert!(status == 404 || path.starts_with("/desk/tickets/1"), "{path} for another organization: {status}");
        }
    }

    async fn a_property_manager_works_in_assigned_properties_alone(w: House) {
        let away = w.server.resident(w.home.org, "Gerda", "Gardener", Some((w.home.garden, "9"))).await;
        let number = w.opened(&w.home.admin, away, "The hedge is too high").await;
        let keeper = w.cookie(&w.home.property_manager).await;
        let t = w.things().await;
        for path in [
            format!("/desk/tickets/{number}"), format!("/desk/tickets/{number}/mark"), format!("/desk/people/{away}"),
            format!("/desk/people/{away}/edit"), format!("/desk/properties/{}", t.garden),
            format!("/desk/tickets/new?person={away}"), format!("/desk/tickets/new?property={}", t.garden),
            format!("/desk/people/{}", w.home.newcomer),
        ] {
            assert_eq!(w.page(&path, &keeper).await.status, 404, "{path}");
        }
        for path in ["/desk", "/desk/tickets", "/desk/tickets?as=board&state=any", "/desk/people", "/desk/properties", "/search?q=gerda", "/search?q=hedge", "/search?q=garden"] {
            let text = html(&w.page(path, &keeper).await);
            assert!(!text.contains("hedge") || path.contains("hedge"), "{path}");
            assert!(!text.contains("Gardener") && !text.contains("Garden Blocks") && !text.contains("The hedge"), "{path}");
        }
        let admin = w.cookie(&w.home.admin).await;
        assert!(html(&w.page("/search?q=gerda", &admin).await).contains("Gardener"));
        for (path, fields) in [
            (format!("/desk/tickets/{number}/work"), vec![("status", "done")]),
            (format!("/desk/tickets/{number}/share"), vec![]),
            (format!("/desk/people/{away}/archive"), vec![]),
            (format!("/desk/people/{away}/edit"), vec![("first_name", "X"), ("last_name", "Y")]),
            (format!("/desk/people/{away}/invite"), vec![("email", "a@b.example")]),
            (format!("/desk/tickets/undo/{number}sd"), vec![]),
        ] {
            assert_eq!(w.form(&path, &keeper, &fields).await.status, 404, "{path}");
        }
        let many = [("ticket", number.to_string()), ("status", "done".to_owned())];
        let many: Vec<(&str, &str)> = many.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_eq!(w.form("/desk/tickets/many", &keeper, &many).await.status, 404);
        let about = away.to_string();
        let new = [("person", about.as_str()), ("title", "Mine?")];
        let refused = w.form("/desk/tickets/new", &keeper, &new).await;
        assert_eq!(refused.status, 404, "the page about somebody out of reach");
    }

    async fn forms_of_the_desk_come_from_our_own_pages(w: House) {
        let t = w.things().await;
        let (admin, resident) = (w.cookie(&w.home.admin).await, w.cookie(&w.home.tenant_with_login).await);
        let before = w.changed(w.home.org).await;
        for path in [
            "/desk/tickets/many".to_owned(), "/desk/views/tickets".to_owned(), "/desk/views/tickets/1/forget".to_owned(),
            "/desk/tickets/undo/1so".to_owned(), "/desk/tickets/new".to_owned(), format!("/desk/tickets/{}/work", t.ticket),
            format!("/desk/tickets/{}/share", t.ticket), format!("/desk/tickets/{}/hide", t.ticket), "/desk/people/new".to_owned(),
            format!("/desk/people/{}/edit", t.tenant), format!("/desk/people/{}/archive", t.tenant),
            format!("/desk/people/{}/unarchive", t.tenant), format!("/desk/people/{}/invite", t.tenant),
            "/desk/properties/new".to_owned(), format!("/desk/properties/{}/edit", t.property),
            format!("/desk/properties/{}/archive", t.property), format!("/desk/properties/{}/unarchive", t.property),
            format!("/desk/properties/{}/buildings", t.property), format!("/desk/properties/{}/units/new", t.property),
            format!("/desk/units/{}/edit", t.unit),
        ] {
            let session = format!("user_session={admin}");
            let form = "application/x-www-form-urlencoded";
            let bare = w.post(path.as_str()).header(header::COOKIE, &session).raw(form, "name=x").await;
            assert_eq!(bare.status, 403, "{path} without the token");
            let mine = w.form(&path, &resident, &[("name", "x")]).await;
            assert_eq!((mine.status, location(&mine)), (303, "/home"), "{path} by a resident");
        }
        assert_eq!(w.changed(w.home.org).await, before, "nothing happened");
    }

    async fn a_ticket_is_opened_assigned_answered_closed_and_that_is_undone(w: House) {
        let cookie = w.cookie(&w.home.staff).await;
        let about = w.home.tenant_with_login.id.to_string();
        let fields = [("person", about.as_str()), ("title", "The bell is <script>alert(1)</script>"), ("shared", "yes")];
        let opened = w.form("/desk/tickets/new", &cookie, &fields).await;
        assert_eq!(opened.status, 303, "{}", html(&opened));
        let path = location(&opened).split('?').next().unwrap().to_owned();
        let number = path.rsplit('/').next().unwrap().to_owned();
        let page = html(&w.page(&path, &cookie).await);
        assert!(page.contains("&#60;script&#62;alert(1)") && !page.contains("<script>alert"), "told as text");

        let me = w.home.staff.id.to_string();
        let given = w.form(&format!("{path}/work"), &cookie, &[("assignee", &me), ("status", "in_progress")]).await;
        let flash = cookie_of(&given, "flash").unwrap();
        assert_eq!(flash, format!("done-work-changed~/desk/tickets/undo/{number}so-{number}a0"));
        assert!(html(&w.page("/desk/tickets?who=me", &cookie).await).contains("The bell is"));

        let noted = w.parts(&path, &cookie, &[("to", "staff"), ("text", "Ask the electrician first")], &[("photos", "list.txt", b"1")]).await;
        assert_eq!(noted.status, 303, "{}", html(&noted));
        let told = w.parts(&path, &cookie, &[("to", "all"), ("text", "He comes on Friday"), ("then", "done")], &[]).await;
        assert_eq!(told.status, 303, "{}", html(&told));
        let page = html(&w.page(&path, &cookie).await);
        assert!(page.contains("said mine internal") && page.contains("list.txt") && page.contains("He comes on Friday"));
        let resident = w.cookie(&w.home.tenant_with_login).await;
        let seen = html(&w.page(&format!("/tickets/{number}"), &resident).await);
        assert!(seen.contains("He comes on Friday") && !seen.contains("electrician"), "notes stay inside");
        assert!(html(&w.page("/desk/tickets?state=closed", &cookie).await).contains("The bell is"));

        let undone = w.form(&format!("/desk/tickets/undo/{number}si-{number}a0"), &cookie, &[]).await;
        assert_eq!((undone.status, location(&undone)), (303, path.as_str()), "both steps are about one");
        assert!(html(&w.page("/desk/tickets?who=nobody", &cookie).await).contains("The bell is"));
        let empty = w.parts(&path, &cookie, &[("to", "all"), ("text", "  ")], &[]).await;
        assert_eq!(empty.status, 422);
        assert!(html(&empty).contains("id=\"text-fault\""), "beside its field");
        let blank = w.form("/desk/tickets/new", &cookie, &[("person", &about), ("title", "")]).await;
        assert!(blank.status == 422 && html(&blank).contains("id=\"title-fault\""));
    }

    async fn many_tickets_at_once(w: House) {
        let cookie = w.cookie(&w.home.staff).await;
        let one = w.opened(&w.home.staff, w.home.tenant, "First of two").await.to_string();
        let two = w.opened(&w.home.staff, w.home.tenant, "Second of two").await.to_string();
        let fields = [("ticket", one.as_str()), ("ticket", two.as_str()), ("status", "waiting"), ("back", "who=nobody")];
        let done = w.form("/desk/tickets/many", &cookie, &fields).await;
        assert_eq!((done.status, location(&done)), (303, "/desk/tickets?who=nobody"));
        let list = html(&w.page("/desk/tickets?state=waiting", &cookie).await);
        assert!(list.contains("First of two") && list.contains("Second of two"));
        let undo = cookie_of(&done, "flash").unwrap().split('~').nth(1).unwrap().to_owned();
        assert_eq!(undo, format!("/desk/tickets/undo/{one}so-{two}so"));
        assert_eq!(w.form(&undo, &cookie, &[]).await.status, 303);
        assert!(!html(&w.page("/desk/tickets?state=waiting", &cookie).await).contains("First of two"));
        // All or none: one that is not there.
        let bad = [("ticket", one.as_str()), ("ticket", "999999"), ("status", "waiting")];
        assert_eq!(w.form("/desk/tickets/many", &cookie, &bad).await.status, 404);
        assert!(!html(&w.page("/desk/tickets?state=waiting", &cookie).await).contains("First of two"));
        // Nobody who does not work here gets a ticket.
        let stranger = w.home.tenant.to_string();
        let bad = [("ticket", one.as_str()), ("assignee", stranger.as_str())];
        let refused = w.form("/desk/tickets/many", &cookie, &bad).await;
        assert_eq!(cookie_of(&refused, "flash").as_deref(), Some("done-work-nothing"));
    }

    async fn a_view_is_kept_for_oneself(w: House) {
        let (mine, other) = (w.cookie(&w.home.staff).await, w.cookie(&w.home.admin).await);
        let kept = w.form("/desk/views/tickets", &mine, &[("name", "<b>Urgent</b>"), ("query", "urgency=High&evil=1&as=board")]).await;
        assert_eq!((kept.status, location(&kept)), (303, "/desk/tickets?urgency=High"));
        let page = html(&w.page("/desk/tickets?urgency=High", &mine).await);
        assert!(page.contains("&#60;b&#62;Urgent") && page.contains("/forget\""), "{page}");
        assert!(!html(&w.page("/desk/tickets", &other).await).contains("Urgent"));
        let id = page.split("/desk/views/tickets/").find_map(|s| s.split_once("/forget")).unwrap().0.to_owned();
        assert_eq!(w.form(&format!("/desk/views/tickets/{id}/forget"), &other, &[]).await.status, 404);
        let gone = w.form(&format!("/desk/views/tickets/{id}/forget"), &mine, &[]).await;
        assert!(!html(&w.page("/desk/tickets", &mine).await).contains("Urgent"));
        let undo = cookie_of(&gone, "flash").unwrap().split_once('~').unwrap().1.to_owned();
        assert_eq!(w.form(&undo, &other, &[]).await.status, 404, "of nobody else");
        assert_eq!(w.form(&undo, &mine, &[]).await.status, 303);
        assert!(html(&w.page("/desk/tickets", &mine).await).contains("Urgent"), "undone");
        let nameless = w.form("/desk/views/tickets", &mine, &[("name", " "), ("query", "who=me")]).await;
        assert_eq!(cookie_of(&nameless, "flash").as_deref(), Some("done-work-no-view"));
        assert_eq!(w.form("/desk/views/pets", &mine, &[("name", "x"), ("query", "who=me")]).await.status, 404);
        for (list, path, query) in [("people", "/desk/people", "who=owners"), ("ledgers", "/desk/money/ledgers", "state=owing")] {
            let kept = w.form(&format!("/desk/views/{list}"), &mine, &[("name", list), ("query", query)]).await;
            let to = format!("{path}?{query}");
            assert_eq!((kept.status, location(&kept)), (303, to.as_str()));
            let page = w.page(&to, &mine).await;
            crate::rights::is_sound(&to, &page);
            assert!(html(&page).contains(&format!("href=\"{to}\" aria-current=\"page\"")), "{}", html(&page));
            assert!(!html(&w.page("/desk/tickets", &mine).await).contains(&format!(">{list}</a>")), "each list its own");
        }
    }

    async fn all_of_a_page_are_picked(w: House) {
        let cookie = w.cookie(&w.home.staff).await;
        w.opened(&w.home.staff, w.home.tenant, "One").await;
        let ticked = |page: &str| page.matches("name=\"ticket\"").count() - page.matches("\" checked><span class=\"hidden\">").count();
        let page = html(&w.page("/desk/tickets?state=any", &cookie).await);
        assert!(ticked(&page) > 0 && page.contains("href=\"/desk/tickets?state=any&#38;pick=all\" data-all="), "{page}");
        let all = html(&w.page("/desk/tickets?state=any&pick=all", &cookie).await);
        assert!(ticked(&all) == 0 && all.contains("name=\"ticket\""), "{all}");
    }

    async fn people_are_noted_found_changed_archived_and_brought_back(w: House) {
        let cookie = w.cookie(&w.home.staff).await;
        let property = w.home.harbour.to_string();
        let fields = [
            ("first_name", "Zoë"), ("last_name", "<script>x</script>"), ("email", "zoe@mail.example"), ("phone", "503-555-0177"),
            ("property_id", property.as_str()), ("unit_number", "B-77"),
        ];
        let noted = w.form("/desk/people/new", &cookie, &fields).await;
        assert_eq!(noted.status, 303, "{}", html(&noted));
        let path = location(&noted).to_owned();
        let link = format!("href=\"{path}\"");
        for (text, wanted) in [("zoe", &*link), ("Zo%C3%AB", &link), ("zoe%40mail", &link), ("503-555-01", &link), ("b77", "B-77")] {
            let found = html(&w.page(&format!("/search?q={text}"), &cookie).await);
            assert!(found.contains(wanted) && !found.contains("<script>x"), "{text}: {found}");
        }
        let saved = w.form(&format!("{path}/edit"), &cookie, &[("first_name", "Zora"), ("last_name", "Zander"), ("email", ""), ("phone", "")]).await;
        assert_eq!(saved.status, 303, "{}", html(&saved));
        let page = html(&w.page(&path, &cookie).await);
        assert!(page.contains("Zora Zander") && !page.contains("zoe@mail.example"));
        assert!(html(&w.page("/desk/people?q=zand", &cookie).await).contains(&link));
        assert!(!html(&w.page("/desk/people?q=zoe", &cookie).await).contains(&link), "the old name is forgotten");
        let wrong = w.form(&format!("{path}/edit"), &cookie, &[("first_name", ""), ("last_name", "Z"), ("email", "no")]).await;
        let text = html(&wrong);
        assert!(wrong.status == 422 && text.contains("first_name-fault") && text.contains("email-fault"), "all faults together");
        let archived = w.form(&format!("{path}/archive"), &cookie, &[]).await;
        assert_eq!(cookie_of(&archived, "flash").unwrap(), format!("done-work-archived~{path}/unarchive"));
        assert!(!html(&w.page("/desk/people", &cookie).await).contains(&link));
        assert!(html(&w.page("/desk/people?state=archived", &cookie).await).contains(&link));
        assert_eq!(w.form(&format!("{path}/unarchive"), &cookie, &[]).await.status, 303);
        assert!(html(&w.page("/desk/people?state=living", &cookie).await).contains(&link), "and lives there again");
        let invited = w.form(&format!("{path}/invite"), &cookie, &[("email", "zora@mail.example")]).await;
        assert_eq!(cookie_of(&invited, "flash").as_deref(), Some("done-work-invited"));
        assert!(html(&w.page(&path, &cookie).await).contains("zora@mail.example"));
        // Staff are changed by admins.
        let colleague = format!("/desk/people/{}", w.home.manager.id);
        assert_eq!(w.page(&format!("{colleague}/edit"), &cookie).await.status, 403);
        assert_eq!(w.form(&format!("{colleague}/archive"), &cookie, &[]).await.status, 403);
        let admin = w.cookie(&w.home.admin).await;
        assert_eq!(w.form(&format!("/desk/people/{}/archive", w.home.admin.id), &admin, &[]).await.status, 303);
        assert_eq!(w.page("/desk", &admin).await.status, 200, "nobody archives themselves");
    }

    async fn places_are_made_and_changed(w: House) {
        let cookie = w.cookie(&w.home.manager).await;
        let fields = [("name", "North <b>Wharf</b>"), ("street", "Kai 1"), ("city", "Kiel"), ("postal", "24103"), ("state", ""), ("reference", "NW-7")];
        let made = w.form("/desk/properties/new", &cookie, &fields).await;
        assert_eq!(made.status, 303, "{}", html(&made));
        let path = location(&made).to_owned();
        let again = w.form("/desk/properties/new", &cookie, &fields).await;
        assert!(again.status == 422 && html(&again).contains("name-fault"), "a name once");
        assert!(html(&again).contains("reference-fault"), "and a reference");
        let rear = [("name", "Rear house"), ("street", "Kai 1a"), ("postal", ""), ("city", "")];
        assert_eq!(w.form(&format!("{path}/buildings"), &cookie, &rear).await.status, 303);
        let twice = w.form(&format!("{path}/buildings"), &cookie, &[("name", "Rear house")]).await;
        assert_eq!(twice.status, 422);
        let page = html(&w.page(&path, &cookie).await);
        assert!(page.contains("Rear house") && page.contains("Kai 1a") && page.contains("NW-7") && page.contains("North &#60;b&#62;Wharf"), "{page}");
        let new = html(&w.page(&format!("{path}/units/new"), &cookie).await);
        let building = new.split("<option value=\"").filter_map(|s| s.split_once('"')).find(|(_, rest)| rest.starts_with(">Rear")).unwrap().0.to_owned();
        let unit = [("number", "R-1"), ("building_id", building.as_str()), ("floor", "2"), ("rentable", "yes")];
        let made = w.form(&format!("{path}/units/new"), &cookie, &unit).await;
        assert_eq!(made.status, 303, "{}", html(&made));
        let unit_path = location(&made).to_owned();
        let twice = w.form(&format!("{path}/units/new"), &cookie, &unit).await;
        assert!(twice.status == 422 && html(&twice).contains("number-fault"));
        let changed = [("number", "R-2"), ("building_id", building.as_str()), ("description", "Loft"), ("damaged", "yes"), ("reference", "NW-7-2"), ("area", "65,5")];
        for wrong in ["-1", "large", "65,5555", "1000000.01"] {
            let refused = w.form(&format!("{unit_path}/edit"), &cookie, &[&changed[..5], &[("area", wrong)]].concat()).await;
            assert!(refused.status == 422 && html(&refused).contains("area-fault") && html(&refused).contains(wrong), "{wrong}");
        }
        assert_eq!(w.form(&format!("{unit_path}/edit"), &cookie, &changed).await.status, 303);
        let page = html(&w.page(&unit_path, &cookie).await);
        assert!(page.contains("R-2") && page.contains("Loft") && page.contains("NW-7-2") && page.contains("65.5\u{a0}m²"));
        assert!(html(&w.page(&format!("{unit_path}/edit"), &cookie).await).contains("value=\"65.50\""));
        assert!(html(&w.page("/search?q=NW-7-2", &cookie).await).contains(&unit_path), "found by what it is called");
        assert!(html(&w.page("/search?q=r2", &cookie).await).contains(&unit_path), "units are found without their signs");
        let archived = w.form(&format!("{path}/archive"), &cookie, &[]).await;
        assert_eq!(cookie_of(&archived, "flash").unwrap(), format!("done-work-archived~{path}/unarchive"));
        assert!(!html(&w.page("/desk/properties", &cookie).await).contains(&path));
        assert_eq!(w.form(&format!("{path}/unarchive"), &cookie, &[]).await.status, 303);
    }

    async fn residents_find_what_is_theirs(w: House) {
        let number = w.opened(&w.home.staff, w.home.tenant_with_login.id, "Broken banister").await;
        w.opened(&w.home.staff, w.home.tenant, "Broken window of somebody else").await;
        let cookie = w.cookie(&w.home.tenant_with_login).await;
        let page = html(&w.page("/search?q=broken", &cookie).await);
        assert!(page.contains(&format!("/tickets/{number}")) && !page.contains("somebody else") && !page.contains("/desk"), "{page}");
        assert!(!html(&w.page("/search?q=renty", &cookie).await).contains("McRenter"), "people are not theirs to find");
    }

    async fn a_mark_changes_when_somebody_writes(w: House) {
        let t = w.things().await;
        let (cookie, other) = (w.cookie(&w.home.staff).await, w.cookie(&w.home.admin).await);
        let path = format!("/desk/tickets/{}/mark", t.ticket);
        let before = w.page(&path, &cookie).await.body;
        let list = w.page("/desk/tickets/mark", &cookie).await.body;
        assert_eq!(w.page(&path, &cookie).await.body, before, "and not by looking");
        w.clock.advance(1);
        let page = format!("/desk/tickets/{}", t.ticket);
        assert_eq!(w.parts(&page, &other, &[("to", "staff"), ("text", "Look")], &[]).await.status, 303);
        assert_ne!(w.page(&path, &cookie).await.body, before);
        let since = format!("{path}?since={}", html(&w.page(&path, &cookie).await).replacen('2', "1", 1));
        assert!(html(&w.page(&since, &cookie).await).ends_with("\nOne new answer. Show it"));
        assert_ne!(w.page("/desk/tickets/mark", &cookie).await.body, list);
    }

    async fn lists_take_as_many_statements_however_long_they_are(w: House) {
        let cookie = w.cookie(&w.home.admin).await;
        let paths = ["/desk", "/desk/tickets", "/desk/tickets?as=board", "/desk/people", "/desk/properties", "/search?q=r"];
        let count = async || {
            let mut all = Vec::new();
            for path in paths {
                w.page(path, &cookie).await;
                all.push(w.page(path, &cookie).await.queries);
            }
            all
        };
        let few = count().await;
        for n in 0..12 {
            let person = w.server.resident(w.home.org, "Rita", &format!("Row {n}"), Some((w.home.harbour, "1"))).await;
            w.opened(&w.home.admin, person, "Rattling").await;
        }
        assert_eq!(count().await, few);
    }

    async fn pages_of_a_list_hold_every_ticket_once(w: House) {
        let caller = w.caller(&w.cookie(&w.home.admin).await).await;
        for n in 0..7 {
            w.clock.advance(60);
            w.opened(&w.home.admin, w.home.tenant, &format!("No. {n}")).await;
        }
        for sort in [app::desk::TicketSort::Active, app::desk::TicketSort::Newest, app::desk::TicketSort::Oldest] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let request = kernel::PageRequest { after, limit: 2 };
                let page = w.app.desk().tickets(&caller, app::desk::TicketFilter::default(), sort, request).await.unwrap();
                seen.extend(page.items.iter().map(|t| t.number));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            let mut sorted = seen.clone();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!((sorted.len(), seen.len()), (9, 9), "{sort:?}: {seen:?}");
        }
        let none = w.app.desk().work(&caller, vec![Step { number: 1, ..Step::default() }]).await.unwrap();
        assert!(none.is_empty(), "what changes nothing needs no way back");
    }
}
