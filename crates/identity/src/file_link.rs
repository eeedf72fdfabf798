//! Addresses of files that need no sign-in and end: whoever has one may fetch that file, until then.

use app::file::{File, Variant};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{Instant, percent_encode};
use sha2::Sha256;
use uuid::Uuid;

use crate::{Identity, SecretKey};

/// How long the addresses of files are good that a door hands out with its data, in seconds.
pub const FILE_LINK_LIFETIME: i64 = 15 * 60;

/// What stands in addresses of pictures of people in the place of the file's name, which is nobody's business.
const FACE: &str = "face";

/// What an address says about itself.
#[derive(Clone, Copy, Debug)]
pub struct FileLink<'a> {
    /// The file's uid.
    pub uid: Uuid,
    /// Its name, as it stands in the address, decoded.
    pub name: &'a str,
    /// Which bytes of it.
    pub which: Variant,
    /// Until when it is good, in seconds since 1970.
    pub expires: i64,
    /// The signature over all of that.
    pub signature: &'a str,
}

/// Why an address is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileLinkFault {
    /// It was made by somebody else, or changed.
    Changed,
    /// Its time is over.
    Expired,
}

/// Signs addresses of files.
#[derive(Clone)]
pub(crate) struct FileLinks(SecretKey);

impl FileLinks {
    pub(crate) const fn new(key: SecretKey) -> Self {
        Self(key)
    }

    fn mac(&self, uid: Uuid, name: &str, which: Variant, expires: i64) -> Hmac<Sha256> {
        let which = match which {
            Variant::Whole => "whole",
            Variant::Thumbnail => "thumbnail",
        };
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).expect("any length will do");
        // The name is last: it is the only part that could hold a separator.
        mac.update(format!("{which}\n{expires}\n{uid}\n{name}").as_bytes());
        mac
    }
}

impl Identity {
    /// The address of a file, absolute and signed, good for so many seconds from now.
    #[must_use]
    pub fn file_address(&self, file: &File, which: Variant, lifetime: i64) -> String {
        self.signed(file.uid, &file.name, which, lifetime)
    }

    /// The address of the picture with which somebody is shown, as [`Identity::file_address`].
    #[must_use]
    pub fn face_address(&self, uid: Uuid, lifetime: i64) -> String {
        self.signed(uid, FACE, Variant::Thumbnail, lifetime)
    }

    fn signed(&self, uid: Uuid, name: &str, which: Variant, lifetime: i64) -> String {
        let expires = self.app.now().secs() + lifetime;
        let mac = self.file_links.mac(uid, name, which, expires);
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        let (site, name) = (self.app.public_url(), percent_encode(name));
        let tail = match which {
            Variant::Whole => "",
            Variant::Thumbnail => "/thumbnail",
        };
        format!("{site}/files/{uid}/{name}{tail}?expires={expires}&signature={signature}")
    }

    /// Checks an address at an instant. The comparison takes the same time whatever differs; a changed address is told
    /// as such also when it is old.
    ///
    /// # Errors
    /// See [`FileLinkFault`].
    pub fn check_file_link(&self, link: FileLink<'_>, at: Instant) -> Result<(), FileLinkFault> {
        let signature = URL_SAFE_NO_PAD.decode(link.signature).map_err(|_| FileLinkFault::Changed)?;
        let mac = self.file_links.mac(link.uid, link.name, link.which, link.expires);
        mac.verify_slice(&signature).map_err(|_| FileLinkFault::Changed)?;
        if at.secs() < link.expires { Ok(()) } else { Err(FileLinkFault::Expired) }
    }
}
