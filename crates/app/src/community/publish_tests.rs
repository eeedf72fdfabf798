//! What whoever publishes does beyond writing: order, take back, replace, keep forms.

use db::db_tests;
use kernel::{Draft, Error, Field, Instant};

use super::tests::{Town, all, paths, text, town};
use crate::{
    contact_card, document, event, faq,
    file::{self, Bytes, Holder, Upload},
    order::Step,
    post,
    ticket_type::{self, Kind, QuestionInput},
};

async fn upload(t: &Town, name: &str) -> file::File {
    let upload = Upload { name: name.to_owned(), content_type: String::new(), limit: 1_000 };
    let bytes = futures_util::stream::once(async { Ok::<_, std::convert::Infallible>(Bytes::from_static(b"words")) });
    t.app.files().upload(&t.staff, upload, Box::pin(bytes)).await.unwrap()
}

async fn questions(t: &Town) -> Vec<String> {
    t.app.faq().get(&t.staff, t.place).await.unwrap().articles.into_iter().map(|a| a.title).collect()
}

async fn article(t: &Town, group: kernel::FaqGroupId, title: &str) -> kernel::FaqArticleId {
    let input =
        faq::Input { group_id: Field::Given(group), title: text(title), text: text("Answer"), ..faq::Input::default() };
    t.app.faq().create(&t.staff, t.place, input.into()).await.unwrap()
}

db_tests! {
    crate::sandbox::tests::db =>
    async fn groups_and_articles_are_ordered_deleted_and_taken_back(t: TestDb) {
        let t = town(&t).await;
        let faqs = t.app.faq();
        let group = faqs.create_group(&t.staff, t.place, Draft::from(text("Bicycles"))).await.unwrap();
        let titles = async || -> Vec<String> {
            t.app.faq().get(&t.staff, t.place).await.unwrap().groups.into_iter().map(|g| g.title).collect()
        };
        assert_eq!(titles().await.last().unwrap(), "Bicycles", "a new group is the last");
        faqs.step_group(&t.staff, group, Step::Down).await.unwrap();
        assert_eq!(titles().await.last().unwrap(), "Bicycles", "at the end it stays");
        faqs.step_group(&t.staff, group, Step::Up).await.unwrap();
        let after = titles().await;
        assert_eq!(after.iter().position(|t| t == "Bicycles"), Some(after.len() - 2));

        let (one, two) = (article(&t, group, "Pump zebra?").await, article(&t, group, "Where to park?").await);
        let mine = async || -> Vec<String> {
            questions(&t).await.into_iter().filter(|q| q == "Pump zebra?" || q == "Where to park?").collect()
        };
        assert_eq!(mine().await, ["Pump zebra?", "Where to park?"]);
        faqs.step(&t.staff, two, Step::Up).await.unwrap();
        assert_eq!(mine().await, ["Where to park?", "Pump zebra?"]);

        assert!(matches!(faqs.delete_group(&t.staff, group).await, Err(Error::Conflict("not_empty"))));
        let found = async || t.app.faq().search(&t.tenant, t.place, "zebra").await.unwrap().len();
        assert_eq!(found().await, 1);
        faqs.delete(&t.staff, one).await.unwrap();
        assert_eq!((found().await, mine().await.len()), (0, 1));
        faqs.restore(&t.staff, one).await.unwrap();
        assert_eq!((found().await, mine().await.len()), (1, 2), "found by its words again");
        assert!(matches!(faqs.restore(&t.staff, one).await, Err(Error::NotFound(_))), "nothing to take back");
        faqs.delete(&t.staff, one).await.unwrap();
        faqs.delete(&t.staff, two).await.unwrap();
        faqs.delete_group(&t.staff, group).await.unwrap();
        assert!(!titles().await.contains(&"Bicycles".to_owned()));
        assert!(matches!(faqs.restore(&t.staff, one).await, Err(Error::Conflict("group_gone"))));
        faqs.restore_group(&t.staff, group).await.unwrap();
        faqs.restore(&t.staff, one).await.unwrap();
        t.app.clock().advance(file::LAG);
        let later = t.staff.at.plus_secs(file::LAG);
        let later = kernel::Caller { at: later, ..t.staff };
        assert!(matches!(t.app.faq().restore(&later, two).await, Err(Error::Conflict("too_late"))));
        for refused in [faqs.step(&t.tenant, one, Step::Up).await, faqs.step_group(&t.tenant, group, Step::Up).await] {
            assert!(matches!(refused, Err(Error::Forbidden)));
        }
    }

    async fn a_document_comes_back_with_its_file(t: TestDb) {
        let t = town(&t).await;
        let docs = t.app.documents();
        let folder = docs.create_folder(&t.staff, t.place, Draft::from(text("Minutes"))).await.unwrap();
        let input = document::Input {
            folder_id: Field::Given(folder),
            name: text("Minutes 2026"),
            file_id: Field::Given(upload(&t, "minutes.txt").await.id),
            ..document::Input::default()
        };
        let id = docs.create(&t.staff, t.place, input.into()).await.unwrap();
        assert!(matches!(docs.delete_folder(&t.staff, folder).await, Err(Error::Conflict("not_empty"))));
        docs.delete(&t.staff, t.place, id).await.unwrap();
        assert!(docs.file(&t.tenant, t.place, id).await.is_err());
        docs.delete_folder(&t.staff, folder).await.unwrap();
        assert!(matches!(docs.restore(&t.staff, t.place, id).await, Err(Error::Conflict("folder_gone"))));
        docs.restore_folder(&t.staff, folder).await.unwrap();
        docs.restore(&t.staff, t.place, id).await.unwrap();
        assert_eq!(docs.file(&t.tenant, t.place, id).await.unwrap().name, "minutes.txt");
        docs.step_folder(&t.staff, folder, Step::Up).await.unwrap();
        let shelf = docs.list(&t.staff, t.place).await.unwrap();
        assert_eq!(shelf.folders.iter().position(|f| f.id == folder), Some(shelf.folders.len() - 2));
        assert!(matches!(docs.restore(&t.tenant, t.place, id).await, Err(Error::NotFound(_) | Error::Forbidden)));
    }

    async fn files_are_taken_from_news(t: TestDb) {
        let t = town(&t).await;
        let (one, two) = (upload(&t, "one.txt").await, upload(&t, "two.txt").await);
        let input = post::Input {
            title: text("Plans"),
            text: text("See below"),
            files: Field::Given(vec![one.id, two.id]),
            ..post::Input::default()
        };
        let id = t.app.posts().create(&t.staff, t.place, input.into()).await.unwrap();
        let less = post::Input { without: Field::Given(vec![one.id]), ..post::Input::default() };
        let now = t.app.posts().update(&t.staff, id, less.clone().into()).await.unwrap();
        assert_eq!(now.files.iter().map(|f| f.id).collect::<Vec<_>>(), [two.id]);
        assert_eq!(paths(t.app.posts().update(&t.staff, id, less.into()).await), ["without.0 Unknown"]);
        let foreign = upload(&t, "three.txt").await;
        let other = post::Input { without: Field::Given(vec![foreign.id]), ..post::Input::default() };
        assert_eq!(paths(t.app.posts().update(&t.staff, id, other.into()).await), ["without.0 Unknown"]);
        let kept = t.app.read(&t.staff, async move |r, _| file::of_entities(r, &[Holder::Post(id.get())]).await).await;
        assert_eq!(kept.unwrap()[&id.get()].len(), 1);
    }

    async fn news_come_back_with_files_and_what_was_said(t: TestDb) {
        let t = town(&t).await;
        let posts = t.app.posts();
        let plan = upload(&t, "plan.txt").await;
        let input = post::Input { title: text("Plans"), text: text("See below"), files: Field::Given(vec![plan.id]), ..post::Input::default() };
        let id = posts.create(&t.staff, t.place, input.into()).await.unwrap();
        let said = posts.comment(&t.tenant, id, Draft::from(text("Before"))).await.unwrap().comments[0].0.id;
        posts.comment(&t.staff, id, Draft::from(text("Thank you"))).await.unwrap();
        let comments = async || t.app.posts().get(&t.staff, id).await.unwrap().comments.len();
        // Their author takes back what they deleted themselves; what the staff deleted, the staff.
        posts.delete_comment(&t.tenant, id, said).await.unwrap();
        posts.restore_comment(&t.tenant, id, said).await.unwrap();
        posts.delete_comment(&t.staff, id, said).await.unwrap();
        assert!(matches!(posts.restore_comment(&t.tenant, id, said).await, Err(Error::Forbidden)));
        posts.restore_comment(&t.staff, id, said).await.unwrap();
        assert!(matches!(posts.restore_comment(&t.staff, id, said).await, Err(Error::NotFound(_))));
        // What was deleted before the announcement stays deleted.
        posts.delete_comment(&t.staff, id, said).await.unwrap();
        t.app.clock().advance(60);
        let later = kernel::Caller { at: t.staff.at.plus_secs(60), ..t.staff };
        posts.delete(&later, id).await.unwrap();
        assert!(posts.get(&t.staff, id).await.is_err());
        assert!(posts.restore(&t.tenant, id).await.is_err());
        posts.restore(&later, id).await.unwrap();
        assert_eq!(comments().await, 1);
        assert_eq!(posts.get(&t.tenant, id).await.unwrap().files.len(), 1, "with its file");
        posts.delete(&later, id).await.unwrap();
        let late = kernel::Caller { at: later.at.plus_secs(file::LAG), ..later };
        assert!(matches!(posts.restore(&late, id).await, Err(Error::Conflict("too_late"))));
    }

    async fn an_event_is_called_off_and_stays_to_be_seen(t: TestDb) {
        let t = town(&t).await;
        let at = |hours: i64| -> Field<Instant> { Field::Given(t.staff.at.plus_secs(hours * 3600)) };
        let input = event::Input { title: text("Market"), starts_at: at(24), ends_at: at(26), ..event::Input::default() };
        let id = t.app.events().create(&t.staff, t.place, input.into()).await.unwrap();
        let off = |yes| event::Input { cancelled: Field::Given(yes), ..event::Input::default() };
        t.app.events().update(&t.staff, id, off(true).into()).await.unwrap();
        let shown = t.app.events().list(&t.tenant, t.place, all()).await.unwrap();
        assert!(shown.rows.iter().any(|e| e.row.id == id && e.row.cancelled_at.is_some()));
        assert!(t.app.events().calendar(&t.tenant, t.place).await.unwrap().contains("STATUS:CANCELLED\r\n"));
        t.app.events().update(&t.staff, id, off(false).into()).await.unwrap();
        assert!(t.app.events().get(&t.staff, id).await.unwrap().cancelled_at.is_none());
        t.app.events().delete(&t.staff, id).await.unwrap();
        assert!(t.app.events().get(&t.staff, id).await.is_err());
        assert!(t.app.events().restore(&t.tenant, id).await.is_err());
        t.app.events().restore(&t.staff, id).await.unwrap();
        assert_eq!(t.app.events().get(&t.staff, id).await.unwrap().title, "Market");
        assert!(matches!(t.app.events().get(&t.tenant, id).await, Err(Error::Forbidden)));
    }

    async fn cards_are_ordered_and_taken_back(t: TestDb) {
        let t = town(&t).await;
        let cards = t.app.contact_cards();
        let input = contact_card::Input { name: text("Zoe Last"), ..contact_card::Input::default() };
        let id = cards.create(&t.staff, t.place, input.into()).await.unwrap();
        let names = async || -> Vec<String> {
            t.app.contact_cards().list(&t.staff, t.place).await.unwrap().into_iter().map(|c| c.name).collect()
        };
        assert_eq!(names().await.last().unwrap(), "Zoe Last");
        cards.step(&t.staff, id, Step::Up).await.unwrap();
        let after = names().await;
        assert_eq!(after.iter().position(|n| n == "Zoe Last"), Some(after.len() - 2));
        cards.delete(&t.staff, id).await.unwrap();
        assert!(!names().await.contains(&"Zoe Last".to_owned()));
        cards.restore(&t.staff, id).await.unwrap();
        assert_eq!((names().await, cards.get(&t.staff, id).await.unwrap().name), (after, "Zoe Last".to_owned()));
        assert!(matches!(cards.step(&t.tenant, id, Step::Up).await, Err(Error::Forbidden)));
    }

    async fn keepers_see_every_version_of_a_form(t: TestDb) {
        let t = town(&t).await;
        let types = t.app.ticket_types();
        let ask = |help: &str| QuestionInput {
            name: "Which one?".to_owned(),
            kind: Kind::Text,
            required: true,
            options: Vec::new(),
            help: help.to_owned(),
        };
        let of = |help: &str| ticket_type::Input {
            group: text("Garden"),
            name: text("Trees"),
            fields: Field::Given(vec![ask(help)]),
            ..ticket_type::Input::default()
        };
        let id = types.create(&t.staff, of("").into()).await.unwrap();
        let long = of(&"x".repeat(501));
        assert_eq!(paths(types.update(&t.staff, id, long.into()).await), ["fields.0.help TooLong(500)"]);
        let new = types.update(&t.staff, id, of("As it stands on its sign.").into()).await.unwrap();
        assert_eq!((new.row.version, new.fields[0].help.as_str()), (2, "As it stands on its sign."));
        let (form, versions) = types.versions(&t.staff, id).await.unwrap();
        assert_eq!(form.row.id, id);
        let told: Vec<_> = versions.iter().map(|v| (v.version, v.fields[0].help.as_str(), v.tickets)).collect();
        assert_eq!(told, [(2, "As it stands on its sign.", 0), (1, "", 0)]);
        let archived = ticket_type::Input { archived: Field::Given(true), ..ticket_type::Input::default() };
        types.update(&t.staff, id, archived.into()).await.unwrap();
        let shelf = types.kept(&t.staff).await.unwrap();
        assert!(shelf.everywhere && shelf.forms.iter().all(|k| k.may_change));
        assert_eq!(shelf.forms.last().unwrap().form.row.id, id, "what is offered no more comes last");
        assert!(matches!(types.kept(&t.tenant).await, Err(Error::Forbidden)));
        assert!(matches!(types.versions(&t.tenant, id).await, Err(Error::Forbidden)));
    }
}
