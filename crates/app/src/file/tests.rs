use std::convert::Infallible;

use db::{db_tests, sql, testing::TestDb};
use futures_util::{StreamExt as _, stream};
use kernel::{
    Action, Caller, Clock, Door, Error, FileId, Instant, OrgId, PersonId, Principal, Random, Result, TicketId,
};

use super::{
    Bytes, File, Holder, LAG, QUOTA, THUMBNAIL, Thumbnail, UNUSED, Upload, UploadError, Variant, attach, delete_of,
    of_entities, unused,
};
use crate::{App, Storage, access, organization};

/// An application with two organizations and somebody in each; their sign-ins are looked up by nobody, so they are the
/// server with a person's id where an upload is concerned.
struct World {
    app: App,
    home: OrgId,
    other: OrgId,
    _db: TestDb,
}

impl World {
    async fn new(t: TestDb) -> Self {
        let clock = Clock::manual(Instant::from_secs(1_795_278_520));
        let app = App::new(t.db.clone(), clock, Random::seeded(3), "https://portico.example")
            .with_storage(Storage::in_memory());
        let (home, other) = (organization(&app, "home").await, organization(&app, "other").await);
        Self { app, home, other, _db: t }
    }

    fn caller(&self) -> Caller {
        self.app.system(self.home)
    }

    async fn upload(&self, name: &str, content_type: &str, bytes: &[u8]) -> Result<File> {
        self.upload_by(&self.caller(), name, content_type, bytes).await
    }

    async fn upload_by(&self, caller: &Caller, name: &str, content_type: &str, bytes: &[u8]) -> Result<File> {
        let upload = Upload { name: name.to_owned(), content_type: content_type.to_owned(), limit: 10 * 1024 * 1024 };
        let bytes = Bytes::copy_from_slice(bytes);
        let sender = stream::iter([Ok::<_, Infallible>(bytes)]);
        self.app.files().upload(caller, upload, sender).await.map_err(|e| match e {
            UploadError::Refused(e) => e,
            UploadError::Sender(never) => match never {},
        })
    }

    async fn attach(&self, caller: &Caller, ids: &[FileId], holder: Holder) -> Result<()> {
        let ids = ids.to_vec();
        self.app.write(caller, async move |w, actor| attach(w, actor, &ids, holder).await).await
    }

    async fn held(&self, caller: &Caller, holders: &[Holder]) -> Vec<(i64, Vec<FileId>)> {
        let holders = holders.to_vec();
        let all = self.app.read(caller, async move |r, _| of_entities(r, &holders).await).await.unwrap();
        let mut all: Vec<_> = all.into_iter().map(|(id, files)| (id, files.iter().map(|f| f.id).collect())).collect();
        all.sort();
        all
    }

    async fn kept(&self, path: &str) -> bool {
        self.app.storage().unwrap().exists(path).await.unwrap()
    }

    async fn thumbnails(&self) -> usize {
        let install = self.app.system(OrgId::new(0));
        let jobs = self.app.jobs().claim(&install, &[THUMBNAIL], 10, 60).await.unwrap();
        for job in &jobs {
            self.app.files().make_thumbnail(&self.app.system(job.org_id), job).await.unwrap();
        }
        jobs.len()
    }

    async fn changes(&self) -> Vec<String> {
        let all = self.app.changes().after(&self.caller(), 0, 1000).await.unwrap();
        all.into_iter().map(|c| c.action).filter(|a| a.starts_with("file.")).collect()
    }
}

async fn organization(app: &App, slug: &str) -> OrgId {
    let new = organization::New {
        name: slug.to_owned(),
        slug: slug.to_owned(),
        host: None,
        country: "US".to_owned(),
        calling_code: "1".to_owned(),
        currency: "USD".to_owned(),
        locale: "en".to_owned(),
        time_zone: "UTC".to_owned(),
    };
    app.organizations().create(&app.system(OrgId::new(0)), new).await.unwrap()
}

/// A picture of one colour: a GIF of 2 × 1 pixels.
const GIF: &[u8] = b"GIF89a\x02\0\x01\0\x80\0\0\xff\0\0\0\0\0,\0\0\0\0\x02\0\x01\0\0\x02\x02\x04\n\0;";

fn refused_at(e: &Error) -> Vec<String> {
    let Error::Invalid(faults) = e else { panic!("{e}") };
    faults.iter().map(|f| f.path.join(".")).collect()
}

db_tests! {
    async fn a_heic_does_not_tell_where_it_was_taken(t: TestDb) {
        let w = World::new(t).await;
        let part = |kind: &[u8; 4], content: &[&[u8]]| {
            let content = content.concat();
            [&(content.len() as u32 + 8).to_be_bytes()[..], kind, &content].concat()
        };
        let info = part(b"infe", &[b"\x02\0\0\0\0\x02\0\0Exif\0"]);
        let infos = part(b"iinf", &[b"\0\0\0\0\0\x01", &info]);
        let places = part(b"iloc", &[b"\x01\0\0\0\x44\0\0\x01\0\x02\0\x01\0\0\0\x01\0\0\0\0\0\0\0\x07"]);
        let meta = part(b"meta", &[b"\0\0\0\0", &infos, &places, &part(b"idat", &[b"52.5200"])]);
        let picture = [part(b"ftyp", &[b"heic\0\0\0\0mif1heic"]), meta].concat();
        let file = w.upload("IMG_1.HEIC", "image/heic", &picture).await.unwrap();
        assert_eq!((file.content_type.as_str(), file.size), ("image/heif", picture.len() as i64));
        let kept = w.app.files().bytes(&file, Variant::Whole, None).await.unwrap();
        let kept: Vec<u8> = kept.map(Result::unwrap).collect::<Vec<Bytes>>().await.concat();
        assert!(!kept.windows(7).any(|w| w == b"52.5200"));
        assert_eq!(file.sha256(), storage::sha256(&[&kept]));
        assert!(w.upload("odd.heic", "image/heic", &picture[..picture.len() - 9]).await.is_err(), "nobody can tell what is in it");
    }

    async fn a_tiff_does_not_tell_where_it_was_taken(t: TestDb) {
        let w = World::new(t).await;
        // One list with one field, GPS, that names a list with one field.
        let field = |tag: u16, kind: u16, count: u32, value: u32| {
            [&[0, 1][..], &tag.to_be_bytes(), &kind.to_be_bytes(), &count.to_be_bytes(), &value.to_be_bytes(), &[0; 4]].concat()
        };
        let picture = [b"MM\0*\0\0\0\x08".to_vec(), field(34853, 4, 1, 26), field(2, 7, 7, 44), b"52.5200".to_vec()].concat();
        let file = w.upload("scan.tif", "image/tiff", &picture).await.unwrap();
        assert_eq!((file.content_type.as_str(), file.size), ("image/tiff", picture.len() as i64));
        let kept = w.app.files().bytes(&file, Variant::Whole, None).await.unwrap();
        let kept: Vec<u8> = kept.map(Result::unwrap).collect::<Vec<Bytes>>().await.concat();
        assert!(!kept.windows(7).any(|w| w == b"52.5200"));
        assert!(w.upload("odd.tif", "image/tiff", &picture[..20]).await.is_err(), "nobody can tell what is in it");
    }

    async fn a_file_comes_in_is_held_and_is_read(t: TestDb) {
        let w = World::new(t).await;
        let file = w.upload("../Plan 1.PDF", "application/pdf; x=y", b"%PDF-1.7 hello").await.unwrap();
        assert_eq!((file.name.as_str(), file.content_type.as_str(), file.size), ("Plan 1.PDF", "application/pdf", 14));
        assert!(file.path.len() == 28 && file.path.ends_with(".pdf"), "{}", file.path);
        assert_eq!(file.sha256(), storage::sha256(&[b"%PDF-1.7 hello"]));
        assert_eq!((file.thumbnail, file.thumbnail_path()), (Thumbnail::None, None));
        let part = w.app.files().bytes(&file, Variant::Whole, Some(9..14)).await.unwrap();
        let part: Vec<Bytes> = part.map(Result::unwrap).collect().await;
        assert_eq!(part.concat(), b"hello");
        let ticket = Holder::Ticket(TicketId::new(7));
        let second = w.upload("b.txt", "text/plain", b"b").await.unwrap();
        w.attach(&w.caller(), &[second.id, file.id], ticket).await.unwrap();
        assert_eq!(w.held(&w.caller(), &[ticket, Holder::Ticket(TicketId::new(8))]).await, [(7, vec![second.id, file.id])]);
        assert_eq!(w.held(&w.caller(), &[Holder::Post(7)]).await, []);
        let third = w.upload("c.txt", "text/plain", b"c").await.unwrap();
        w.attach(&w.caller(), &[third.id], ticket).await.unwrap();
        assert_eq!(w.held(&w.caller(), &[ticket]).await, [(7, vec![second.id, file.id, third.id])]);
        let found = w.app.files().by_uid(&w.app.system(OrgId::new(0)), file.uid).await.unwrap();
        assert_eq!(found.id, file.id);
        let mut changes = w.changes().await;
        changes.sort();
        assert_eq!(changes, [["file.attached"; 3], ["file.uploaded"; 3]].concat());
    }

    async fn the_limit_counts_while_bytes_come(t: TestDb) {
        let w = World::new(t).await;
        let upload = || Upload { name: "a".to_owned(), content_type: "text/plain".to_owned(), limit: 10 };
        // It would never end: more than the limit is noticed before that.
        let endless = stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(b"abc")));
        let refused = w.app.files().upload(&w.caller(), upload(), endless).await.unwrap_err();
        assert!(matches!(refused, UploadError::Refused(Error::TooLarge)));
        let exactly = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"0123456789"))]);
        assert_eq!(w.app.files().upload(&w.caller(), upload(), exactly).await.unwrap().size, 10);
        // A sender that breaks off, and one that is gone in the middle.
        let broken = stream::iter([Ok(Bytes::from_static(b"abc")), Err("gone")]);
        assert!(matches!(w.app.files().upload(&w.caller(), upload(), broken).await.unwrap_err(), UploadError::Sender("gone")));
        let silent = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"abc"))]).chain(stream::pending());
        let (files, caller) = (w.app.files(), w.caller());
        let waiting = files.upload(&caller, upload(), Box::pin(silent));
        let given_up = futures_util::future::select(Box::pin(waiting), std::future::ready(())).await;
        drop(given_up);
        assert!(matches!(w.upload("a", "text/plain", b"").await, Err(Error::Invalid(_))));
        assert_eq!(w.changes().await, ["file.uploaded"]);
    }

    async fn only_the_uploader_attaches_and_only_once(t: TestDb) {
        let w = World::new(t).await;
        let file = w.upload("a.txt", "text/plain", b"a").await.unwrap();
        let holder = Holder::Comment(kernel::CommentId::new(1));
        let foreign = w.attach(&w.app.system(w.other), &[file.id], holder).await.unwrap_err();
        assert_eq!(refused_at(&foreign), ["attachments.0"]);
        let insert = async move |w: &db::Write, _: &kernel::Actor| {
            w.one::<PersonId>(sql!(
                "INSERT INTO person (uid, org_id, first_name, last_name, name_key, is_resident, changed_at, created_at, updated_at) \
                 VALUES ($1, $2, 'Ada', 'L', 'l ada', TRUE, 0, 0, 0) RETURNING id", w.uid(), w.caller().org)).await
        };
        let person = w.app.write(&w.caller(), insert).await.unwrap();
        let id = file.id;
        let theirs = async move |w: &db::Write, _: &kernel::Actor| {
            w.execute(sql!("UPDATE file SET uploaded_by = $2 WHERE id = $1", id, person)).await
        };
        w.app.write(&w.caller(), theirs).await.unwrap();
        assert_eq!(refused_at(&w.attach(&w.caller(), &[file.id], holder).await.unwrap_err()), ["attachments.0"]);

        let mine = w.upload("b.txt", "text/plain", b"b").await.unwrap();
        assert_eq!(refused_at(&w.attach(&w.caller(), &[mine.id, mine.id], holder).await.unwrap_err()), ["attachments.1"]);
        // Two at once: one gets it.
        let caller = w.caller();
        let (a, b) = ([mine.id], [mine.id]);
        let both = tokio::join!(w.attach(&caller, &a, holder), w.attach(&caller, &b, Holder::Post(5)));
        assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
        assert_eq!(w.held(&w.caller(), &[holder]).await.len() + w.held(&w.caller(), &[Holder::Post(5)]).await.len(), 1);
        // Of yesterday.
        let old = w.upload("c.txt", "text/plain", b"c").await.unwrap();
        w.app.clock().advance(UNUSED);
        assert_eq!(refused_at(&w.attach(&w.caller(), &[old.id], holder).await.unwrap_err()), ["attachments.0"]);
        assert!(w.app.read(&w.caller(), async |r, actor| unused(r, actor).await).await.unwrap().is_empty());
    }

    async fn what_nobody_holds_is_gone_after_two_days(t: TestDb) {
        let w = World::new(t).await;
        let orphan = w.upload("a.gif", "image/gif", GIF).await.unwrap();
        let held = w.upload("b.txt", "text/plain", b"b").await.unwrap();
        w.attach(&w.caller(), &[held.id], Holder::Post(1)).await.unwrap();
        assert_eq!(w.thumbnails().await, 1);
        let install = w.app.system(OrgId::new(0));
        assert_eq!(w.app.files().organizations_with_orphans(&install).await.unwrap(), []);
        w.app.clock().advance(UNUSED);
        let install = w.app.system(OrgId::new(0));
        assert_eq!(w.app.files().organizations_with_orphans(&install).await.unwrap(), [w.home]);
        assert_eq!(w.app.files().delete_orphans(&w.caller()).await.unwrap(), 1);
        assert_eq!(w.app.files().purge(&install).await.unwrap(), 0);
        assert!(w.kept(&orphan.path).await, "bytes outlive their row");
        assert!(matches!(w.app.files().by_uid(&install, orphan.uid).await, Err(Error::NotFound(_))));
        w.app.clock().advance(LAG);
        let install = w.app.system(OrgId::new(0));
        assert_eq!(w.app.files().purge(&install).await.unwrap(), 1);
        assert_eq!(w.app.files().purge(&install).await.unwrap(), 0);
        assert!(!w.kept(&orphan.path).await && !w.kept(&orphan.thumbnail_path().unwrap()).await);
        assert!(w.kept(&held.path).await);
        // What held a file is deleted.
        w.app.write(&w.caller(), async |w, _| delete_of(w, &[Holder::Post(1)]).await).await.unwrap();
        assert_eq!(w.held(&w.caller(), &[Holder::Post(1)]).await, []);
        w.app.clock().advance(LAG);
        assert_eq!(w.app.files().purge(&w.app.system(OrgId::new(0))).await.unwrap(), 1);
        assert!(!w.kept(&held.path).await);
        assert_eq!(w.changes().await.iter().filter(|c| *c == "file.deleted").count(), 2);
    }

    async fn bytes_that_no_file_knows_are_swept_up(t: TestDb) {
        let folder = std::env::temp_dir().join(format!("portico-sweep-{}", Random::System.secret()));
        let mut places = vec![Storage::in_memory(), Storage::directory(&folder).unwrap()];
        places.extend(std::env::var("PORTICO_TEST_S3_URL").ok().filter(|u| !u.is_empty()).map(|u| {
            let (place, query) = u.split_once('?').unwrap_or((u.as_str(), ""));
            Storage::from_url(&format!("{place}/{}?{query}", &Random::System.secret()[..12])).unwrap()
        }));
        let mut w = World::new(t).await;
        // Storages have clocks of their own: whatever they say, it is after the organizations were made and long ago.
        let early = async |w: &db::Write, _: &kernel::Actor| w.execute(sql!("UPDATE organization SET created_at = 0")).await;
        w.app.write(&w.caller(), early).await.unwrap();
        w.app.clock().advance(50 * 365 * 86_400);
        let sweep = async |w: &World| w.app.files().sweep(&w.app.system(OrgId::new(0))).await.unwrap();
        for storage in places {
            w.app = w.app.clone().with_storage(storage.clone());
            let known = w.upload("a.gif", "image/gif", GIF).await.unwrap();
            w.attach(&w.caller(), &[known.id], Holder::Post(1)).await.unwrap();
            while w.thumbnails().await > 0 {}
            let gone = w.upload("b.txt", "text/plain", b"b").await.unwrap();
            w.app.write(&w.caller(), async move |w, _| crate::file::delete(w, &[gone.id]).await).await.unwrap();
            assert_eq!(sweep(&w).await, 0, "each has its row, deleted or not");
            // What a crash between bytes and row, or before a deletion, leaves behind.
            let stems = ["iUx8ffxYaVitrBP0Z8LU-w8t", "jUx8ffxYaVitrBP0Z8LU-w8t"];
            let orphans = [format!("{}.pdf", stems[0]), format!("{}.300.225.png", stems[1])];
            for path in orphans.iter().map(String::as_str).chain(["portico-check"]) {
                storage.put(path, Bytes::from_static(b"x")).await.unwrap();
            }
            if let Some(folder) = storage.folder() {
                std::fs::write(folder.join("iU").join(format!("{}.pdf#copy", stems[0])), b"x").unwrap();
            }
            assert_eq!(sweep(&w).await, if storage.folder().is_some() { 3 } else { 2 });
            assert_eq!(sweep(&w).await, 0);
            for path in orphans {
                assert!(!w.kept(&path).await, "{path}");
            }
            assert!(w.kept("portico-check").await, "not ours");
            assert!(w.kept(&known.path).await && w.kept(&known.thumbnail_path().unwrap()).await && w.kept(&gone.path).await);
            storage.delete("portico-check").await.unwrap();
        }
        // What is younger than a day may be on its way.
        w.app = w.app.clone().with_storage(Storage::in_memory());
        w.app.storage().unwrap().put("iUx8ffxYaVitrBP0Z8LU-w8t", Bytes::from_static(b"x")).await.unwrap();
        let young = Caller { at: Instant::from_secs(0), ..w.app.system(OrgId::new(0)) };
        assert_eq!(w.app.files().sweep(&young).await.unwrap(), 0);
        // A database that knows nothing of many is the wrong one.
        for n in 0..30 {
            let path = format!("{n:02}x8ffxYaVitrBP0Z8LU-w8t");
            w.app.storage().unwrap().put(&path, Bytes::from_static(b"x")).await.unwrap();
        }
        assert_eq!(sweep(&w).await, 0);
        std::fs::remove_dir_all(folder).unwrap();
    }

    async fn an_organization_has_its_quota(t: TestDb) {
        let w = World::new(t).await;
        let file = w.upload("a.txt", "text/plain", b"12345").await.unwrap();
        let grow = async move |w: &db::Write, _: &kernel::Actor| {
            w.execute(sql!("UPDATE file SET size = $2 WHERE id = $1", file.id, QUOTA - 5)).await
        };
        w.app.write(&w.caller(), grow).await.unwrap();
        assert!(matches!(w.upload("b.txt", "text/plain", b"123456").await, Err(Error::Conflict("quota"))));
        w.upload("b.txt", "text/plain", b"12345").await.unwrap();
        assert!(matches!(w.upload("c.txt", "text/plain", b"1").await, Err(Error::Conflict("quota"))));
        w.upload_by(&w.app.system(w.other), "c.txt", "text/plain", b"1").await.unwrap();
    }

    async fn pictures_get_thumbnails_and_broken_ones_none(t: TestDb) {
        let w = World::new(t).await;
        let good = w.upload("a.gif", "image/png", GIF).await.unwrap();
        assert_eq!((good.content_type.as_str(), good.width, good.height), ("image/gif", Some(2), Some(1)));
        assert_eq!(good.thumbnail, Thumbnail::Wanted);
        assert!(matches!(w.app.files().thumbnail(&good).await, Err(Error::NotFound(_))));
        let cut = w.upload("b.gif", "image/gif", &GIF[..20]).await.unwrap();
        let wide = w.upload("c.gif", "image/gif", &[b"GIF89a\xff\xff\xff\xff", &GIF[10..]].concat()).await.unwrap();
        assert_eq!((wide.width, wide.thumbnail), (Some(65_535), Thumbnail::None), "a bomb is not even tried");
        let waiting = if cut.thumbnail == Thumbnail::Wanted { 2 } else { 1 };
        assert_eq!(w.thumbnails().await, waiting);
        assert_eq!(w.thumbnails().await, 0);
        let install = w.app.system(OrgId::new(0));
        let made = w.app.files().by_uid(&install, good.uid).await.unwrap();
        assert_eq!(made.thumbnail, Thumbnail::Made);
        let small = w.app.files().thumbnail(&made).await.unwrap();
        assert_eq!(storage::picture::size(&small, "image/gif"), Some((2, 1)));
        assert_eq!(w.app.files().by_uid(&install, cut.uid).await.unwrap().thumbnail, Thumbnail::None);
    }

    async fn a_photograph_forgets_where_it_was_taken(t: TestDb) {
        let w = World::new(t).await;
        let mut plain = Vec::new();
        let picture = image::DynamicImage::new_rgb8(40, 20);
        picture.write_to(&mut std::io::Cursor::new(&mut plain), image::ImageFormat::Jpeg).unwrap();
        let place: &[u8] = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x88\x25\0\x04\0\0\0\x01\0\0\0\x1aGPS 48 12 30 N";
        let mut photo = plain[..2].to_vec();
        photo.extend_from_slice(&[0xff, 0xe1, 0, place.len() as u8 + 2]);
        photo.extend_from_slice(place);
        photo.extend_from_slice(&plain[2..]);
        let file = w.upload("IMG_1.JPG", "image/jpeg", &photo).await.unwrap();
        let kept = w.app.storage().unwrap().read(&file.path).await.unwrap();
        assert!(!kept.windows(4).any(|b| b == b"Exif" || b == b"GPS "));
        assert_eq!((file.size, file.sha256()), (kept.len() as i64, storage::sha256(&[&kept]).as_slice()));
        assert_eq!((file.width, file.height), (Some(40), Some(20)));
        // One that cannot be taken apart, and would tell.
        let cut = &photo[..place.len()];
        assert_eq!(refused_at(&w.upload("IMG_2.JPG", "image/jpeg", cut).await.unwrap_err()), ["file"]);
    }

    async fn strangers_upload_nothing(t: TestDb) {
        let w = World::new(t).await;
        let nobody = Caller::anonymous(w.home, Door::Pages, w.app.now());
        assert!(matches!(w.upload_by(&nobody, "a", "text/plain", b"a").await, Err(Error::Unauthenticated(_))));
        for refused in [
            w.app.files().delete_orphans(&nobody).await.map(drop),
            w.app.files().purge(&nobody).await.map(drop),
            w.app.files().sweep(&nobody).await.map(drop),
            w.app.files().organizations_with_orphans(&nobody).await.map(drop),
        ] {
            assert!(matches!(refused, Err(Error::Forbidden)));
        }
    }

    async fn without_a_storage_nothing_comes_in(t: TestDb) {
        let clock = Clock::manual(Instant::from_secs(1_795_278_520));
        let app = App::new(t.db.clone(), clock, Random::seeded(3), "https://portico.example");
        let home = organization(&app, "home").await;
        let upload = Upload { name: "a".to_owned(), content_type: String::new(), limit: 10 };
        let sender = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"a"))]);
        let refused = app.files().upload(&app.system(home), upload, sender).await.unwrap_err();
        assert!(matches!(refused, UploadError::Refused(Error::Unavailable(_))));
    }
}

#[test]
fn people_and_the_server_upload_and_programs_do_not() {
    let at = Instant::from_secs(0);
    let actor = |principal| {
        let caller = Caller { org: OrgId::new(1), principal, door: Door::Pages, at, only: None };
        kernel::Actor::new(caller, None, Vec::new())
    };
    let person = Principal::Person { person: PersonId::new(4), session: kernel::SessionId::new(1) };
    assert_eq!(access::uploader(&actor(person)).unwrap(), Some(PersonId::new(4)));
    assert_eq!(access::uploader(&actor(Principal::System)).unwrap(), None);
    assert!(matches!(access::uploader(&actor(Principal::Client(kernel::ClientId::new(1)))), Err(Error::Forbidden)));
    assert!(matches!(access::uploader(&actor(Principal::Anonymous)), Err(Error::Unauthenticated(_))));
    assert!(!access::may(&actor(person), Action::Operate, access::Resource::Organization));
}
