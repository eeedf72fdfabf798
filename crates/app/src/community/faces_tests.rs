//! Pictures of people, references of places, and what is told of events that are called off.

use db::db_tests;
use futures_util::stream;
use kernel::{Caller, Draft, Error, Field, Instant, OrgId, PersonId};
use uuid::Uuid;

use super::tests::{Town, all, paths, text, town};
use crate::{
    contact_card, desk, event,
    file::{Bytes, File, Upload},
    notification::{CANCELLED, Filter, HELD, Topic},
    property,
};

const GIF: &[u8] = b"GIF89a\x02\0\x01\0\x80\0\0\xff\0\0\0\0\0,\0\0\0\0\x02\0\x01\0\0\x02\x02\x04\n\0;";

async fn upload(t: &Town, by: &Caller, name: &str, bytes: &'static [u8]) -> File {
    let about = Upload { name: name.to_owned(), content_type: "image/gif".to_owned(), limit: 10_000 };
    let sender = stream::iter([Ok::<_, std::convert::Infallible>(Bytes::from_static(bytes))]);
    t.app.files().upload(by, about, sender).await.unwrap()
}

fn at(file: &File) -> Draft<Field<String>> {
    Draft::from(text(&file.path))
}

/// With which picture others see somebody.
async fn face(t: &Town, person: PersonId) -> Option<Uuid> {
    t.app.read(&t.staff, async move |r, _| super::people(r, vec![person]).await).await.unwrap()[&person].avatar
}

/// What somebody was told of events since.
async fn told(t: &Town, who: &Caller) -> Vec<Option<String>> {
    while t.app.notifications().follow(&t.app.system(t.staff.org)).await.unwrap() > 0 {}
    let filter = Filter { unread_only: true, ..Filter::default() };
    let found = t.app.notifications().list(who, filter, 100).await.unwrap();
    found.rows.into_iter().filter(|n| n.topic == Topic::Event).map(|n| n.ticket_status).collect()
}

db_tests! {
    crate::sandbox::tests::db =>
    async fn a_person_is_shown_with_a_picture_of_their_own(t: TestDb) {
        let t = town(&t).await;
        let (me, tenant) = (t.app.me(), t.tenant.person().unwrap());
        let before = face(&t, tenant).await.unwrap();
        let mine = upload(&t, &t.tenant, "me.gif", GIF).await;
        me.set_avatar(&t.tenant, at(&mine)).await.unwrap();
        assert_eq!(face(&t, tenant).await, Some(mine.uid));
        assert_eq!(me.standing(&t.tenant).await.unwrap().avatar, Some(mine.uid));
        // Its small picture is there at once, and the one before is on its way out.
        let install = t.app.system(OrgId::new(0));
        let now = t.app.files().by_uid(&install, mine.uid).await.unwrap();
        assert!(t.app.files().thumbnail(&now).await.is_ok());
        assert!(matches!(t.app.files().by_uid(&install, before).await, Err(Error::NotFound(_))));
        // Held once: nobody takes it a second time, and nobody takes what is somebody else's, or no picture.
        assert_eq!(paths(me.set_avatar(&t.tenant, at(&mine)).await), ["avatar Unknown"]);
        let theirs = upload(&t, &t.staff, "you.gif", GIF).await;
        assert_eq!(paths(me.set_avatar(&t.tenant, at(&theirs)).await), ["avatar Unknown"]);
        let paper = upload(&t, &t.tenant, "me.pdf", b"%PDF-1.4\n%%EOF\n").await;
        assert_eq!(paths(me.set_avatar(&t.tenant, at(&paper)).await), ["avatar WrongKind"]);
        assert_eq!(paths(me.set_avatar(&t.tenant, Draft::from(Field::Absent)).await), ["avatar Required"]);
        assert_eq!(face(&t, tenant).await, Some(mine.uid), "what was refused changed nothing");
        me.remove_avatar(&t.tenant).await.unwrap();
        me.remove_avatar(&t.tenant).await.unwrap();
        assert_eq!(face(&t, tenant).await, None);
        assert!(matches!(t.app.files().by_uid(&install, mine.uid).await, Err(Error::NotFound(_))));
    }

    async fn the_staff_show_people_cards_and_the_company_with_pictures(t: TestDb) {
        let t = town(&t).await;
        let tenant = t.tenant.person().unwrap();
        let one = upload(&t, &t.staff, "a.gif", GIF).await;
        t.app.desk().set_avatar(&t.staff, tenant, at(&one)).await.unwrap();
        assert_eq!(t.app.desk().person(&t.staff, tenant).await.unwrap().facts.avatar, Some(one.uid));
        t.app.desk().remove_avatar(&t.staff, tenant).await.unwrap();
        assert_eq!(face(&t, tenant).await, None);
        let foreign = PersonId::new(999_999);
        let two = upload(&t, &t.staff, "b.gif", GIF).await;
        assert!(matches!(t.app.desk().set_avatar(&t.staff, foreign, at(&two)).await, Err(Error::NotFound(_))));
        assert!(matches!(t.app.desk().set_avatar(&t.tenant, tenant, at(&two)).await, Err(Error::Forbidden)));

        let input = contact_card::Input { name: text("Kim Keys"), ..contact_card::Input::default() };
        let cards = t.app.contact_cards();
        let id = cards.create(&t.staff, t.place, input.into()).await.unwrap();
        cards.set_avatar(&t.staff, id, at(&two)).await.unwrap();
        let shown = cards.list(&t.tenant, t.place).await.unwrap();
        assert!(shown.iter().any(|c| c.id == id && c.avatar == Some(two.uid)));
        assert!(matches!(cards.remove_avatar(&t.tenant, id).await, Err(Error::Forbidden)));
        // What is deleted comes back with its picture.
        let install = t.app.system(OrgId::new(0));
        cards.delete(&t.staff, id).await.unwrap();
        assert!(t.app.files().by_uid(&install, two.uid).await.is_err());
        cards.restore(&t.staff, id).await.unwrap();
        assert!(t.app.files().by_uid(&install, two.uid).await.is_ok());
        cards.remove_avatar(&t.staff, id).await.unwrap();
        assert_eq!(cards.get(&t.staff, id).await.unwrap().avatar, None);

        let three = upload(&t, &t.staff, "c.gif", GIF).await;
        t.app.organizations().set_image(&t.staff, at(&three)).await.unwrap();
        assert_eq!(t.app.organizations().settings(&t.staff).await.unwrap().sender.image, Some(three.uid));
        t.app.organizations().remove_image(&t.staff).await.unwrap();
        assert_eq!(t.app.organizations().settings(&t.staff).await.unwrap().sender.image, None);
        assert!(matches!(t.app.organizations().remove_image(&t.tenant).await, Err(Error::Forbidden)));
    }

    async fn people_are_addressed(t: TestDb) {
        let t = town(&t).await;
        let tenant = t.tenant.person().unwrap();
        let input = |salutation: &str| desk::PersonInput {
            salutation: Field::Given(Some(salutation.to_owned())),
            title: Field::Given(None),
            ..desk::PersonInput::default()
        };
        t.app.desk().change_person(&t.staff, tenant, input("Ms.").into()).await.unwrap();
        let card = t.app.communities().me(&t.tenant).await.unwrap();
        assert_eq!((card.salutation.as_deref(), card.title), (Some("Ms."), None));
        let long = t.app.desk().change_person(&t.staff, tenant, input(&"x".repeat(51)).into()).await;
        assert_eq!(paths(long), ["salutation TooLong(50)"]);
    }

    async fn a_reference_is_one_places_alone(t: TestDb) {
        let t = town(&t).await;
        let called = |text: &str| property::Input {
            reference: Field::Given(Some(text.to_owned())),
            ..property::Input::default()
        };
        let places = t.app.properties();
        let all = places.list(&t.staff).await.unwrap();
        let ids: Vec<_> = all.iter().map(|d| d.leased.property.id).collect();
        let now = places.update(&t.staff, ids[0], called("  77-A ").into()).await.unwrap();
        assert_eq!(now.leased.property.reference.as_deref(), Some("77-A"));
        assert_eq!(paths(places.update(&t.staff, ids[1], called("77-A").into()).await.map(drop)), ["reference Taken"]);
        places.update(&t.staff, ids[0], called("77-A").into()).await.unwrap();
        let wrong = [("x".repeat(101), "reference TooLong(100)"), ("a\nb".to_owned(), "reference Malformed")];
        for (text, problem) in wrong {
            assert_eq!(paths(places.update(&t.staff, ids[1], called(&text).into()).await.map(drop)), [problem]);
        }
        // Blank is none, and what is free is anybody's.
        let none = places.update(&t.staff, ids[0], called(" ").into()).await.unwrap();
        assert_eq!(none.leased.property.reference, None);
        places.update(&t.staff, ids[1], called("77-A").into()).await.unwrap();

        let unit = |number: &str, reference: &str| desk::UnitInput {
            number: text(number),
            reference: Field::Given(Some(reference.to_owned())),
            ..desk::UnitInput::default()
        };
        let desk = t.app.desk();
        // A unit may be called as a property is.
        let one = desk.make_unit(&t.staff, t.place, unit("9A", "77-A").into()).await.unwrap();
        assert_eq!(paths(desk.make_unit(&t.staff, t.place, unit("9B", "77-A").into()).await), ["reference Taken"]);
        assert_eq!(desk.unit(&t.staff, one).await.unwrap().facts.reference.as_deref(), Some("77-A"));
        let found = t.app.search().find(&t.staff, "77-A").await.unwrap();
        assert!(found.units.iter().any(|(u, _)| u.id == one) && found.properties.iter().any(|p| p.id == ids[1]));
        desk.change_unit(&t.staff, one, unit("9A", "").into()).await.unwrap();
        assert_eq!(desk.unit(&t.staff, one).await.unwrap().facts.reference, None);
    }

    async fn a_building_stands_where_its_property_is_or_elsewhere(t: TestDb) {
        let t = town(&t).await;
        let input = |street: &str| desk::BuildingInput {
            name: text("Back house"),
            street: Field::Given(Some(street.to_owned()).filter(|s| !s.is_empty())),
            ..desk::BuildingInput::default()
        };
        t.app.desk().make_building(&t.staff, t.place, input("").into()).await.unwrap();
        let pages = kernel::PageRequest { after: None, limit: 1 };
        let houses = async || t.app.desk().property(&t.staff, t.place, pages.clone()).await.unwrap().buildings;
        let back = houses().await.into_iter().find(|b| b.name == "Back house").unwrap();
        assert_eq!(t.app.buildings().get(&t.staff, back.id).await.unwrap().street, "1654 NE 18th Ave.");
        t.app.desk().change_building(&t.staff, t.place, back.id, input("1 Yard Lane").into()).await.unwrap();
        let shown = t.app.buildings().get(&t.staff, back.id).await.unwrap();
        assert_eq!((shown.street.as_str(), shown.city.as_str()), ("1 Yard Lane", "Portland"));
    }

    async fn whoever_was_told_of_an_event_is_told_that_it_is_off(t: TestDb) {
        let t = town(&t).await;
        t.app.notifications().mark_read(&t.tenant, None).await.unwrap();
        let at = |hours: i64| -> Field<Instant> { Field::Given(t.staff.at.plus_secs(hours * 3600)) };
        let input = event::Input { title: text("Market"), starts_at: at(24), ends_at: at(26), ..event::Input::default() };
        let id = t.app.events().create(&t.staff, t.place, input.into()).await.unwrap();
        assert_eq!(told(&t, &t.tenant).await, [None]);
        let off = |yes| event::Input { cancelled: Field::Given(yes), ..event::Input::default() };
        let update = async |id, input: event::Input| t.app.events().update(&t.staff, id, input.into()).await.unwrap();
        update(id, off(true)).await;
        assert_eq!(told(&t, &t.tenant).await, [Some(CANCELLED.to_owned()), None]);
        assert_eq!(told(&t, &t.staff).await, [], "nobody is told what they did themselves");
        // Other words are no news, and that it takes place after all is.
        update(id, event::Input { text: text("In the yard"), ..event::Input::default() }).await;
        update(id, off(false)).await;
        assert_eq!(told(&t, &t.tenant).await, [Some(HELD.to_owned()), Some(CANCELLED.to_owned()), None]);
        // Nobody is told of one that is over, or that was never told of.
        let over = event::Input { title: text("Past"), starts_at: at(-4), ends_at: at(-2), ..event::Input::default() };
        let over = t.app.events().create(&t.staff, t.place, over.into()).await.unwrap();
        let before = told(&t, &t.tenant).await;
        update(over, off(true)).await;
        assert_eq!(told(&t, &t.tenant).await, before);
        assert!(t.app.events().list(&t.tenant, t.place, all()).await.unwrap().total > 0);
    }
}
