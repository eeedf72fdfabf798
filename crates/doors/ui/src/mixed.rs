//! Forms with files: fields as in every form, and files that are uploaded as they arrive.
//!
//! The token comes first in such a form, so nothing is taken from whoever does not have it. Files that were taken when
//! something else in the form was wrong stay uploaded; the form names them in hidden fields and they need not be sent
//! again.

use app::file::{Upload, UploadError};
use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
    response::Response,
};
use identity::Identity;
use kernel::{Caller, Error, Faults, Problem};
use portico_http::{BodyLimits, Guarded};

use crate::{
    client::is_cross_site,
    form::{CSRF, Fields, kept_name},
    language::Language,
    page::{self, FOREIGN, LARGE, Notice, UNREADABLE, WayOn},
    session::{failed, look, sign_in},
};

/// Bytes of one file.
const FILE: u64 = 25 * 1024 * 1024;
/// Bytes of a whole form.
const FORM: usize = 120 * 1024 * 1024;
/// Files of one form; further ones are not taken.
const FILES: usize = 20;
/// Bytes of a field that is no file.
const FIELD: usize = 64 * 1024;
/// Fields of one form.
const FIELDS: usize = 500;

/// A form with files that somebody sent who is signed in. Its files are fields named as [`kept_name`] says, with the path
/// and the name of an upload.
pub(crate) struct Mixed {
    pub(crate) fields: Fields,
    /// What was wrong with files, by the name of their field.
    pub(crate) faults: Faults,
}

impl FromRequest<Identity> for Mixed {
    type Rejection = Response;

    async fn from_request(request: Request, identity: &Identity) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let language = Language::preferred(&parts.headers);
        let refuse = |notice: &Notice| page::notice(language, notice, WayOn::Front);
        if is_cross_site(&parts.headers) {
            return Err(refuse(&FOREIGN));
        }
        let path = parts.uri.path();
        let (cookie, caller, _) = match look(identity, &parts.headers).await {
            Ok(Some(found)) => found,
            Ok(None) => return Err(sign_in(path)),
            Err(error) => return Err(failed(language, path, &error)),
        };
        let boundary = boundary(&parts.headers).ok_or_else(|| refuse(&UNREADABLE))?;
        let chunks = Guarded::new(body, BodyLimits::bytes(FORM)).map_err(|_| refuse(&LARGE))?;
        let mut reading =
            Reading { identity, caller, cookie: &cookie, fields: Vec::new(), faults: Faults::new(), files: 0 };
        match reading.all(multer::Multipart::new(chunks, boundary)).await {
            Ok(()) => Ok(Self { fields: Fields(reading.fields), faults: reading.faults }),
            Err(Stop::Foreign) => Err(refuse(&FOREIGN)),
            Err(Stop::Large) => Err(refuse(&LARGE)),
            Err(Stop::Unreadable) => Err(refuse(&UNREADABLE)),
            Err(Stop::Failed(error)) => Err(failed(language, path, &error)),
        }
    }
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    multer::parse_boundary(headers.get(header::CONTENT_TYPE)?.to_str().ok()?).ok()
}

/// Why a form is read no further.
enum Stop {
    Foreign,
    Large,
    Unreadable,
    Failed(Error),
}

impl From<multer::Error> for Stop {
    fn from(e: multer::Error) -> Self {
        match e {
            multer::Error::StreamReadFailed(e) if e.is::<portico_http::BodyFault>() => Self::Large,
            _ => Self::Unreadable,
        }
    }
}

/// A form while it is read.
struct Reading<'a> {
    identity: &'a Identity,
    caller: Caller,
    cookie: &'a str,
    fields: Vec<(String, String)>,
    faults: Faults,
    files: usize,
}

impl Reading<'_> {
    async fn all(&mut self, mut parts: multer::Multipart<'_>) -> Result<(), Stop> {
        let mut proven = false;
        while let Some(part) = parts.next_field().await? {
            let name = part.name().unwrap_or_default().to_owned();
            if part.file_name().is_some() {
                if !proven {
                    return Err(Stop::Foreign);
                }
                self.file(name, part).await?;
            } else {
                let text = text(part).await?;
                proven |= name == CSRF && self.identity.is_form_token(self.cookie, &text);
                self.fields.push((name, text));
            }
            if self.fields.len() > FIELDS {
                return Err(Stop::Large);
            }
        }
        if proven { Ok(()) } else { Err(Stop::Foreign) }
    }

    async fn file(&mut self, field: String, part: multer::Field<'_>) -> Result<(), Stop> {
        let name = part.file_name().unwrap_or_default().to_owned();
        // What a browser sends where nothing was chosen.
        if name.is_empty() || self.files >= FILES {
            return Ok(());
        }
        self.files += 1;
        let content_type = part.content_type().map_or_else(String::new, ToString::to_string);
        let upload = Upload { name: name.clone(), content_type, limit: FILE };
        let problem = match self.identity.app().files().upload(&self.caller, upload, Box::pin(part)).await {
            Ok(file) => {
                self.fields.push((kept_name(&field), format!("{}/{}", file.path, file.name)));
                return Ok(());
            }
            Err(UploadError::Sender(e)) => return Err(e.into()),
            Err(UploadError::Refused(Error::TooLarge)) => Problem::Words(format!("large/{name}").into()),
            Err(UploadError::Refused(Error::Invalid(_))) => Problem::Words(format!("broken/{name}").into()),
            Err(UploadError::Refused(Error::Conflict(_))) => Problem::Words(format!("full/{name}").into()),
            Err(UploadError::Refused(error)) => return Err(Stop::Failed(error)),
        };
        self.faults.add_at(field.split('.').map(|step| step.to_owned().into()).collect(), problem);
        Ok(())
    }
}

async fn text(mut part: multer::Field<'_>) -> Result<String, Stop> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > FIELD {
            return Err(Stop::Large);
        }
    }
    String::from_utf8(bytes).map_err(|_| Stop::Unreadable)
}
