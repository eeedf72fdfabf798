//! Thumbnails and what nobody holds.

use std::convert::Infallible;

use app::file::{File, THUMBNAIL, Thumbnail, Upload};
use db::db_tests;
use futures_util::stream;

use super::{Org, World};

/// A red GIF of 2 × 1 pixels.
const GIF: &[u8] = b"GIF89a\x02\0\x01\0\x80\0\0\xff\0\0\0\0\0,\0\0\0\0\x02\0\x01\0\0\x02\x02\x04\n\0;";

impl Org<'_> {
    async fn picture(&self) -> File {
        let upload = Upload { name: "a.gif".to_owned(), content_type: "image/gif".to_owned(), limit: 1000 };
        let sender = stream::iter([Ok::<_, Infallible>(app::file::Bytes::from_static(GIF))]);
        self.world.app.files().upload(&self.system(), upload, sender).await.unwrap()
    }
}

impl World {
    async fn thumbnail(&self, file: &File) -> Thumbnail {
        self.app.files().by_uid(&self.install(), file.uid).await.unwrap().thumbnail
    }
}

db_tests! {
    async fn a_thumbnail_is_made_after_the_upload(t: TestDb) {
        let w = World::new(t).await;
        let org = w.organization("a").await;
        let file = org.picture().await;
        assert_eq!((w.thumbnail(&file).await, w.queued(THUMBNAIL).await), (Thumbnail::Wanted, 1));
        w.runner_without_mailer().tick().await.unwrap();
        assert_eq!((w.thumbnail(&file).await, w.queued(THUMBNAIL).await), (Thumbnail::Made, 0));
    }

    async fn a_storage_that_lost_the_bytes_is_asked_again(t: TestDb) {
        let w = World::new(t).await;
        let file = w.organization("a").await.picture().await;
        w.app.storage().unwrap().delete(&file.path).await.unwrap();
        w.runner_without_mailer().tick().await.unwrap();
        assert_eq!((w.thumbnail(&file).await, w.queued(THUMBNAIL).await), (Thumbnail::Wanted, 1));
    }

    async fn what_nobody_holds_is_gone_in_the_end(t: TestDb) {
        let w = World::new(t).await;
        let org = w.organization("a").await;
        let file = org.picture().await;
        let runner = w.runner_without_mailer();
        for (hours, there) in [(0, true), (23, true), (2, true), (26, false)] {
            w.wait(hours * 3600);
            runner.tick().await.unwrap();
            assert_eq!(w.app.storage().unwrap().exists(&file.path).await.unwrap(), there, "{hours}");
        }
        let left = w.number(async |r| r.one(db::sql!("SELECT count(*) FROM file")).await).await;
        assert_eq!(left, 0);
    }
}
