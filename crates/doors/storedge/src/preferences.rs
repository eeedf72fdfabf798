//! What a tenant wants to be sent and spared (rows 11 and 12).

use app::account::preference;
use kernel::{Draft, Faults, Problem};

use crate::{
    call::{Answer, Call},
    present::Present,
    tenants::named,
    wire::{DoorError, Params, Value, reader::boolean},
};

/// Row 11.
pub async fn get(call: Call) -> Result<Answer, DoorError> {
    Answer::one("tenant_settings", &Present::of(&call).settings(&named(&call).await?))
}

/// Row 12.
pub async fn set(call: Call) -> Result<Answer, DoorError> {
    let (id, draft) = (call.id()?, draft(&call.params));
    let changed = call.app().accounts().set_preferences(&call.caller, call.facility.id, id, draft).await;
    let changed = changed.map_err(DoorError::under("tenant_settings"))?;
    Answer::one("tenant_settings", &Present::of(&call).settings(&changed))
}

/// `{"tenant_settings":{"<key>":<bool>}}`; null goes back to the default. Which keys there are is the core's to tell.
fn draft(params: &Params) -> Draft<Vec<preference::Change>> {
    let (mut changes, mut faults) = (Vec::new(), Faults::new());
    match params.get("tenant_settings") {
        Some(Value::Object(sent)) => {
            for (name, value) in sent.iter() {
                match boolean(value) {
                    Some(value) => changes.push((name.to_owned(), value)),
                    None => faults.add(name.to_owned(), Problem::WrongKind),
                }
            }
        }
        None | Some(Value::Null) => faults.add_at(Vec::new(), Problem::Required),
        Some(_) => faults.add_at(Vec::new(), Problem::WrongKind),
    }
    Draft::new(changes, faults)
}
