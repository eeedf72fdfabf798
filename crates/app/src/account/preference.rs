//! What a person wants to be sent and spared, account by account: defaults, and what is set otherwise.

use std::collections::BTreeMap;

use db::{Read, Write, row, sql};
use kernel::{AccountId, Faults, Problem, Result};
use serde_json::{Value, json};

/// What an account can set; `null` is the answer of nobody having been asked.
pub const NAMES: [&str; 12] = [
    "email_invoices",
    "print_invoices",
    "charge_invoice_fee",
    "receive_legal_notices_by_email",
    "delinquency_exempt",
    "delinquency_docs_by_email",
    "delinquency_docs_by_mail",
    "receive_sms_for_gate_activity",
    "opt_in_to_marketing_emails",
    "opt_in_to_marketing_sms",
    "opt_in_to_transactional_sms",
    "exclude_from_insurance_auto_enroll",
];

/// What is noted with the last of [`NAMES`]: why, who, and when (microseconds).
pub const NOTED: [&str; 3] = [
    "exclude_from_insurance_auto_enroll_reason",
    "exclude_from_insurance_auto_enroll_created_by",
    "exclude_from_insurance_auto_enroll_on",
];

/// What holds for an account that sets nothing.
#[must_use]
pub fn default(name: &str) -> Value {
    match name {
        "email_invoices" | "charge_invoice_fee" => json!(true),
        "receive_legal_notices_by_email" => Value::Null,
        name if NAMES.contains(&name) => json!(false),
        _ => Value::Null,
    }
}

/// The settings of one account, by name.
pub type Overrides = BTreeMap<String, Value>;

/// A setting to be made; `None` goes back to the default.
pub type Change = (String, Option<bool>);

row! {
    pub(crate) struct Row {
        pub account_id: AccountId,
        pub name: String,
        pub value: String,
    }
}

/// The settings of these accounts.
pub(crate) async fn of_accounts(r: &Read, ids: &[AccountId]) -> Result<BTreeMap<AccountId, Overrides>> {
    let rows: Vec<Row> = r
        .all(sql!(
            "SELECT account_id, name, value FROM preference WHERE account_id = ANY($1) ORDER BY account_id, name",
            ids
        ))
        .await?;
    let mut out: BTreeMap<AccountId, Overrides> = BTreeMap::new();
    for row in rows {
        let value = serde_json::from_str(&row.value).unwrap_or(Value::Null);
        out.entry(row.account_id).or_default().insert(row.name, value);
    }
    Ok(out)
}

/// Notes names that cannot be set.
pub(crate) fn check(changes: &[Change], faults: &mut Faults) {
    for (name, _) in changes {
        if !NAMES.contains(&name.as_str()) {
            faults.add(name.clone(), Problem::NotAllowed);
        }
    }
}

/// Stores settings. `who` is the name of whoever asks.
pub(crate) async fn store(w: &Write, account: AccountId, changes: &[Change], who: &str) -> Result<()> {
    for (name, value) in changes {
        set(w, account, name, value.map(Value::Bool)).await?;
        if name == "exclude_from_insurance_auto_enroll" {
            let noted = *value == Some(true);
            set(w, account, NOTED[1], noted.then(|| json!(who))).await?;
            set(w, account, NOTED[2], noted.then(|| json!(w.now().micros()))).await?;
        }
    }
    Ok(())
}

async fn set(w: &Write, account: AccountId, name: &str, value: Option<Value>) -> Result<()> {
    let Some(value) = value else {
        return w
            .execute(sql!("DELETE FROM preference WHERE account_id = $1 AND name = $2", account, name))
            .await
            .map(drop);
    };
    w.execute(sql!(
        "INSERT INTO preference (account_id, name, value) VALUES ($1, $2, $3) \
         ON CONFLICT (account_id, name) DO UPDATE SET value = excluded.value",
        account,
        name,
        value.to_string()
    ))
    .await
    .map(drop)
}
