//! Lists as CSV: sent in, checked, taken, taken back; and written out.

use app::import::{Column, Fault, Kind, MOST_BYTES, MOST_ROWS, Reason, Run, State, missing};
use askama::Template;
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequest, Path, Request},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use identity::Identity;
use kernel::{Error, ImportId, Problem, Result};

use super::office::number;
use crate::{
    client::is_cross_site,
    cookie,
    flash::Flash,
    form::{CSRF, Fields, Posted, Shown},
    language::{Language, Texts},
    page::{self, FOREIGN, LARGE, UNREADABLE, WayOn},
    page_route,
    parts::{Choice, Tone},
    session::{Staff, Visit},
    shell::Shell,
};

/// What goes around the file in a form, in bytes.
const AROUND: usize = 64 * 1024;

pub(super) fn routes() -> Router<Identity> {
    let sending = post(send).layer(DefaultBodyLimit::max(MOST_BYTES + AROUND));
    Router::new()
        .route("/desk/import", page_route(get(list)))
        .route("/desk/import/send", sending)
        .route("/desk/import/{id}", page_route(get(show)))
        .route("/desk/import/{id}/take", page_route(post(take)))
        .route("/desk/import/{id}/undo", page_route(post(undo)))
        .route("/desk/export", page_route(get(exports)))
        .route("/desk/export/{file}", page_route(get(export)))
}

/// A form with one file that is read and not kept.
struct Sheet {
    fields: Fields,
    name: String,
    bytes: Vec<u8>,
}

impl FromRequest<Identity> for Sheet {
    type Rejection = Response;

    async fn from_request(request: Request, identity: &Identity) -> std::result::Result<Self, Response> {
        let language = Language::preferred(request.headers());
        let refuse = |notice| page::notice(language, notice, WayOn::Front);
        if is_cross_site(request.headers()) {
            return Err(refuse(&FOREIGN));
        }
        let cookie = cookie::session(request.headers()).unwrap_or_default().to_owned();
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let boundary = kind.and_then(|kind| multer::parse_boundary(kind).ok()).ok_or_else(|| refuse(&UNREADABLE))?;
        let constraints =
            multer::Constraints::new().size_limit(multer::SizeLimit::new().whole_stream((MOST_BYTES + AROUND) as u64));
        let body = request.into_body().into_data_stream();
        let mut parts = multer::Multipart::with_constraints(body, boundary, constraints);
        let mut sheet = Self { fields: Fields::default(), name: String::new(), bytes: Vec::new() };
        let fault = |e: &multer::Error| match e {
            multer::Error::StreamSizeExceeded { .. } | multer::Error::StreamReadFailed(_) => refuse(&LARGE),
            _ => refuse(&UNREADABLE),
        };
        while let Some(part) = parts.next_field().await.map_err(|e| fault(&e))? {
            let name = part.name().unwrap_or_default().to_owned();
            if let Some(file) = part.file_name() {
                sheet.name = file.to_owned();
                // The token stands first: nothing is read of whoever does not have it.
                if !identity.is_form_token(&cookie, sheet.fields.get(CSRF)) {
                    return Err(refuse(&FOREIGN));
                }
                sheet.bytes = part.bytes().await.map_err(|e| fault(&e))?.to_vec();
            } else {
                let text = part.text().await.map_err(|e| fault(&e))?;
                sheet.fields.0.push((name, text));
            }
        }
        if identity.is_form_token(&cookie, sheet.fields.get(CSRF)) { Ok(sheet) } else { Err(refuse(&FOREIGN)) }
    }
}

const fn kind_key(kind: Kind) -> &'static str {
    match kind {
        Kind::Tenants => "list-tenants",
        Kind::Units => "list-units",
        Kind::Charges => "list-charges",
    }
}

const fn state_of(state: State) -> (Tone, &'static str) {
    match state {
        State::Checking => (Tone::Working, "import-checking"),
        State::Checked => (Tone::Open, "import-checked"),
        State::Taking => (Tone::Working, "import-taking"),
        State::Taken => (Tone::Done, "import-taken"),
        State::Undoing => (Tone::Working, "import-undoing"),
        State::Undone => (Tone::Waiting, "import-undone"),
    }
}

struct Line {
    to: String,
    kind: &'static str,
    tone: Tone,
    state: &'static str,
    run: Run,
}

impl Line {
    fn of(run: Run) -> Self {
        let (tone, state) = state_of(run.state);
        Self { to: format!("/desk/import/{}", run.id), kind: kind_key(run.kind), tone, state, run }
    }
}

/// What a kind of list has.
struct Columns {
    title: &'static str,
    columns: &'static [Column],
}

#[derive(Template)]
#[template(path = "desk/csv/list.html")]
struct ListPage {
    s: Shell,
    form: Shown,
    kinds: Vec<Choice>,
    columns: Vec<Columns>,
    runs: Vec<Line>,
}

async fn list_page(visit: &Visit, form: Shown) -> Result<ListPage> {
    let runs = visit.app().imports().list(&visit.caller).await?;
    let s = visit.shell();
    Ok(ListPage {
        kinds: Kind::ALL.into_iter().map(|k| Choice::new(&k.as_str(), s.say(kind_key(k)))).collect(),
        columns: Kind::ALL.into_iter().map(|k| Columns { title: kind_key(k), columns: k.columns() }).collect(),
        runs: runs.into_iter().map(Line::of).collect(),
        form,
        s,
    })
}

async fn list(visit: Staff) -> Response {
    let form = Shown::with([("kind", Kind::Tenants.as_str().to_owned())]);
    match list_page(&visit, form).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn send(visit: Staff, sheet: Sheet) -> Response {
    let t = visit.language.texts();
    let Some(kind) = Kind::parse(sheet.fields.get("kind")) else {
        let mut form = Shown::typed(&sheet.fields);
        form.set("kind", t.say("problem-choice"));
        return again(&visit, form).await;
    };
    match visit.app().imports().stage(&visit.caller, kind, &sheet.name, sheet.bytes).await {
        Ok(id) => visit.go(&format!("/desk/import/{id}"), None),
        Err(error @ Error::Invalid(_)) => {
            let mut form = Shown::typed(&sheet.fields);
            form.set("file", unreadable(t, &error));
            again(&visit, form).await
        }
        Err(error) => visit.failed(&error),
    }
}

async fn again(visit: &Staff, form: Shown) -> Response {
    match list_page(visit, form).await {
        Ok(page) => visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page),
        Err(error) => visit.failed(&error),
    }
}

/// What is wrong with a file as a whole.
fn unreadable(t: &Texts, error: &Error) -> String {
    let missing = missing(error);
    if !missing.is_empty() {
        return t.say_of("import-columns-missing", "x", &missing.join(", "));
    }
    let Error::Invalid(faults) = error else { return t.say("problem-form") };
    match faults.iter().next().map(|f| &f.problem) {
        Some(Problem::Blank) => t.say("import-no-rows"),
        Some(Problem::TooLong(_)) => t.say_with("import-too-many", "n", MOST_ROWS),
        _ => t.say("import-no-csv"),
    }
}

/// A fault as a row of the page says it.
struct Told {
    line: u64,
    column: String,
    value: String,
    reason: &'static str,
}

#[derive(Template)]
#[template(path = "desk/csv/run.html")]
struct RunPage {
    s: Shell,
    line: Line,
    faults: Vec<Told>,
    good: i64,
    working: bool,
    may_take: bool,
    may_undo: bool,
    in_use: bool,
}

async fn show(visit: Staff, Path(id): Path<String>) -> Response {
    match visit.app().imports().get(&visit.caller, ImportId::new(number(&id))).await {
        Ok((run, faults)) => run_page(&visit, run, faults, false),
        Err(error) => visit.failed(&error),
    }
}

fn run_page(visit: &Staff, run: Run, faults: Vec<Fault>, in_use: bool) -> Response {
    let told = |f: Fault| Told {
        line: f.line,
        column: f.column.unwrap_or_default(),
        value: f.value,
        reason: reason_key(f.reason),
    };
    let working = run.state.is_working();
    let page = RunPage {
        s: visit.shell(),
        faults: faults.into_iter().map(told).collect(),
        good: run.made + run.changed + run.same,
        may_take: run.state == State::Checked && run.made + run.changed > 0,
        may_undo: run.state == State::Taken && run.made > 0,
        working,
        in_use,
        line: Line::of(run),
    };
    let mut response = visit.page_with(if in_use { StatusCode::CONFLICT } else { StatusCode::OK }, &page);
    if working {
        // Without a script too the page goes on by itself, and it may be left.
        response.headers_mut().insert("refresh", HeaderValue::from_static("2"));
    }
    response
}

const fn reason_key(reason: Reason) -> &'static str {
    match reason {
        Reason::Required => "row-required",
        Reason::TooLong => "row-too-long",
        Reason::NoDate => "row-no-date",
        Reason::NoAmount => "row-no-amount",
        Reason::NoEmail => "row-no-email",
        Reason::NoRole => "row-no-role",
        Reason::NoProperty => "row-no-property",
        Reason::Ambiguous => "row-ambiguous",
        Reason::NoUnit => "row-no-unit",
        Reason::NoLedger => "row-no-ledger",
        Reason::NoKey => "row-no-key",
        Reason::UnitTaken => "row-unit-taken",
        Reason::EndsBefore => "row-ends-before",
        Reason::Twice => "row-twice",
        Reason::OtherPerson => "row-other-person",
        Reason::OtherUnit => "row-other-unit",
    }
}

async fn take(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = ImportId::new(number(&id));
    match visit.app().imports().take(&visit.caller, id).await {
        // Sent twice: it goes on already.
        Ok(()) | Err(Error::Conflict(_)) => visit.go(&format!("/desk/import/{id}"), None),
        Err(error) => visit.failed(&error),
    }
}

async fn undo(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = ImportId::new(number(&id));
    match visit.app().imports().undo(&visit.caller, id).await {
        Ok(()) => visit.go(&format!("/desk/import/{id}"), Flash::done("done-import-undone")),
        Err(Error::Conflict("import_in_use")) => match visit.app().imports().get(&visit.caller, id).await {
            Ok((run, faults)) => run_page(&visit, run, faults, true),
            Err(error) => visit.failed(&error),
        },
        Err(Error::Conflict(_)) => visit.go(&format!("/desk/import/{id}"), None),
        Err(error) => visit.failed(&error),
    }
}

#[derive(Template)]
#[template(path = "desk/csv/export.html")]
struct ExportPage {
    s: Shell,
    kinds: Vec<(String, &'static str)>,
}

async fn exports(visit: Staff) -> Response {
    let kinds = Kind::ALL.into_iter().map(|k| (format!("/desk/export/{}.csv", k.as_str()), kind_key(k))).collect();
    visit.page(&ExportPage { s: visit.shell(), kinds })
}

async fn export(visit: Staff, Path(file): Path<String>) -> Response {
    let Some(kind) = file.strip_suffix(".csv").and_then(Kind::parse) else {
        return visit.failed(&Error::NotFound("list"));
    };
    match visit.app().imports().export(&visit.caller, kind).await {
        Ok(list) => {
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.csv\"", kind.as_str())),
                (header::CACHE_CONTROL, "no-store".to_owned()),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
            ];
            (headers, list).into_response()
        }
        Err(error) => visit.failed(&error),
    }
}
