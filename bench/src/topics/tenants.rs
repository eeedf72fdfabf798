//! Pages of a hundred thousand tenants at storEDGE's door, asked fifty times a second by programs that sign each
//! request.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use db::sql;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{Clock, Field, OrgId, PropertyId, Random, percent_encode};
use sha1::Sha1;

use crate::{
    Result,
    bench::Bench,
    http, pace,
    server::Server,
    site::Site,
    table::{Row, percentile},
};

const TENANTS: i64 = 100_000;
const PER_PAGE: i64 = 100;
/// Requests a second.
const RATE: u32 = 50;

/// Measures it on each database.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for kind in bench.kinds() {
        let (site, _) = Site::open(bench, "tenants", kind)?;
        let facility = fill(&site)?;
        site.settle()?;
        let made = site.run(&["client", "create", "--name", "Bench"])?;
        let word = |label: &str| made.lines().find_map(|l| l.strip_prefix(label)).map(|v| v.trim().to_owned());
        let (Some(key), Some(secret)) = (word("key "), word("secret ")) else {
            return Err(format!("no key and secret in {made}"));
        };
        let server = site.serve()?;
        let program = Program { key, secret };
        let path = format!("/v1/{facility}/tenants");
        let pages = [1, TENANTS / PER_PAGE];
        let seconds = u32::try_from(bench.seconds).unwrap_or(3).saturating_mul(3);
        ask(&server, &program, &path, pages, 1)?;
        let [first, last] = ask(&server, &program, &path, pages, seconds)?;
        let name = kind.name();
        let row = |what: &str, times: &[f64]| {
            let (p50, p95) = (percentile(times, 50), percentile(times, 95));
            Row::new(
                format!("{name}: {what} page of {TENANTS} tenants"),
                format!("{RATE} signed requests a second, `per_page={PER_PAGE}`"),
                format!("median {p50:.1} ms, p95 {p95:.1} ms"),
            )
            .wanted("p95 < 40 ms", p95 < 40.0)
        };
        rows.push(row("first", &first));
        rows.push(row("last", &last));
        let times = percentile(&last, 50) / percentile(&first, 50);
        let ratio = Row::new(format!("{name}: last against first"), "medians", format!("{times:.2}×"));
        rows.push(ratio.wanted("within 2×", (0.5..=2.0).contains(&times)));
    }
    Ok(rows)
}

/// One property with all tenants: people with a phone number and an address, units, tenancies, ledgers. Answers its uid.
fn fill(site: &Site) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let app = site.app()?;
        let caller = app.system(OrgId::new(1));
        let text = |s: &str| Field::Given(s.to_owned());
        let place = app::property::Input {
            name: text("Hundred Thousand Boxes"),
            street: text("Long Road 1"),
            city: text("Graz"),
            state: text("ST"),
            postal: text("8010"),
            ..app::property::Input::default()
        };
        let made = app.properties().create(&caller, place.into()).await.map_err(|e| e.to_string())?;
        let property = made.leased.property.id;
        let filled = app.write(&caller, async move |w, _| rows(w, property).await).await;
        filled.map_err(|e| format!("{e}: {e:?}"))?;
        let uid = app.properties().uid(&caller, property).await.map_err(|e| e.to_string())?;
        app.close().await;
        Ok(uid.to_string())
    })
}

async fn rows(w: &db::Write, property: PropertyId) -> kernel::Result<()> {
    w.execute(sql!(
        sqlite: "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) \
            INSERT INTO person (uid, org_id, first_name, last_name, name_key, email, email_key, is_resident, changed_at, created_at, updated_at) \
            SELECT randomblob(16), 1, 'Tenant', 'Number ' || i, 'number ' || i, i || '@example.org', i || '@example.org', 1, ?2, ?2, ?2 FROM n",
        postgres: "INSERT INTO person (uid, org_id, first_name, last_name, name_key, email, email_key, is_resident, changed_at, created_at, updated_at) \
            SELECT gen_random_uuid(), 1, 'Tenant', 'Number ' || i, 'number ' || i, i || '@example.org', i || '@example.org', TRUE, $2, $2, $2 \
            FROM generate_series(1, CAST($1 AS BIGINT)) AS n (i)";
        TENANTS, w.now()
    ))
    .await?;
    w.execute(sql!(
        sqlite: "INSERT INTO phone_number (uid, org_id, person_id, raw, e164, is_primary, created_at, updated_at) \
            SELECT randomblob(16), 1, id, '0664 1234567', '+436641234567', 1, ?1, ?1 FROM person WHERE is_resident",
        postgres: "INSERT INTO phone_number (uid, org_id, person_id, raw, e164, is_primary, created_at, updated_at) \
            SELECT gen_random_uuid(), 1, id, '0664 1234567', '+436641234567', TRUE, $1, $1 FROM person WHERE is_resident";
        w.now()
    ))
    .await?;
    w.execute(sql!(
        sqlite: "INSERT INTO address (uid, org_id, person_id, address1, city, state, postal, country, label, is_mailing, invalid_data, created_at, updated_at) \
            SELECT randomblob(16), 1, id, 'Main Street 1', 'Portland', 'OR', '97218', 'US', 'Home', 1, 0, ?1, ?1 FROM person WHERE is_resident",
        postgres: "INSERT INTO address (uid, org_id, person_id, address1, city, state, postal, country, label, is_mailing, invalid_data, created_at, updated_at) \
            SELECT gen_random_uuid(), 1, id, 'Main Street 1', 'Portland', 'OR', '97218', 'US', 'Home', TRUE, FALSE, $1, $1 FROM person WHERE is_resident";
        w.now()
    ))
    .await?;
    w.execute(sql!(
        sqlite: "INSERT INTO unit (uid, org_id, property_id, building_id, number, created_at, updated_at) \
            SELECT randomblob(16), 1, ?1, (SELECT min(id) FROM building WHERE property_id = ?1), 'U' || id, ?2, ?2 FROM person WHERE is_resident",
        postgres: "INSERT INTO unit (uid, org_id, property_id, building_id, number, created_at, updated_at) \
            SELECT gen_random_uuid(), 1, $1, (SELECT min(id) FROM building WHERE property_id = $1), 'U' || id, $2, $2 FROM person WHERE is_resident";
        property, w.now()
    ))
    .await?;
    w.execute(sql!(
        sqlite: "INSERT INTO tenancy (uid, org_id, person_id, property_id, unit_id, role, starts_at, created_at, updated_at) \
            SELECT randomblob(16), 1, p.id, ?1, u.id, 'tenant', ?2, ?2, ?2 FROM unit u JOIN person p ON u.number = 'U' || p.id WHERE u.property_id = ?1",
        postgres: "INSERT INTO tenancy (uid, org_id, person_id, property_id, unit_id, role, starts_at, created_at, updated_at) \
            SELECT gen_random_uuid(), 1, p.id, $1, u.id, 'tenant', $2, $2, $2 FROM unit u JOIN person p ON u.number = 'U' || p.id WHERE u.property_id = $1";
        property, w.now()
    ))
    .await?;
    w.execute(sql!(
        sqlite: "INSERT INTO account (uid, org_id, property_id, person_id, number, settings_uid, tax_exempt, gate_24_hour_access, blocked_payments, \
            decline_alternate_contact, is_military, created_at, updated_at) \
            SELECT randomblob(16), 1, ?1, person_id, 999999 + row_number() OVER (ORDER BY person_id), randomblob(16), 0, 0, 0, 0, 0, ?2, ?2 FROM tenancy WHERE property_id = ?1",
        postgres: "INSERT INTO account (uid, org_id, property_id, person_id, number, settings_uid, tax_exempt, gate_24_hour_access, blocked_payments, \
            decline_alternate_contact, is_military, created_at, updated_at) \
            SELECT gen_random_uuid(), 1, $1, person_id, 999999 + row_number() OVER (ORDER BY person_id), gen_random_uuid(), FALSE, FALSE, FALSE, FALSE, FALSE, $2, $2 \
            FROM tenancy WHERE property_id = $1";
        property, w.now()
    ))
    .await?;
    w.execute(sql!(
        sqlite: "INSERT INTO recovery_question (uid, org_id, account_id) SELECT randomblob(16), 1, id FROM account",
        postgres: "INSERT INTO recovery_question (uid, org_id, account_id) SELECT gen_random_uuid(), 1, id FROM account";
    ))
    .await?;
    w.execute(sql!(
        "INSERT INTO preference (account_id, name, value) SELECT id, 'email_invoices', 'true' FROM account"
    ))
    .await?;
    w.execute(sql!(
        sqlite: "INSERT INTO ledger (uid, org_id, property_id, account_id, tenancy_id, unit_id, number, currency, balance, rent, billing_day, opens_at, created_at, updated_at) \
            SELECT randomblob(16), 1, ?1, a.id, t.id, t.unit_id, a.number - 999999, 'EUR', 0, 9900, 1, ?2, ?2, ?2 \
            FROM tenancy t JOIN account a ON a.person_id = t.person_id AND a.property_id = ?1",
        postgres: "INSERT INTO ledger (uid, org_id, property_id, account_id, tenancy_id, unit_id, number, currency, balance, rent, billing_day, opens_at, created_at, updated_at) \
            SELECT gen_random_uuid(), 1, $1, a.id, t.id, t.unit_id, a.number - 999999, 'EUR', 0, 9900, 1, $2, $2, $2 \
            FROM tenancy t JOIN account a ON a.person_id = t.person_id AND a.property_id = $1";
        property, w.now()
    ))
    .await
    .map(drop)
}

/// Asks for two pages in turn at the rate, so many seconds; answers how long the requests for each took.
fn ask(server: &Server, program: &Program, path: &str, pages: [i64; 2], seconds: u32) -> Result<[Vec<f64>; 2]> {
    let times = pace::ask(RATE, seconds, |n| {
        let page = if n % 2 == 0 { pages[0] } else { pages[1] };
        program.get(server, path, &[("page", page.to_string()), ("per_page", PER_PAGE.to_string())])
    })?;
    let of = |odd: u32| times.iter().filter(|(n, _)| n % 2 == odd).map(|(_, took)| *took).collect();
    Ok([of(0), of(1)])
}

/// A program with its key and secret.
struct Program {
    key: String,
    secret: String,
}

impl Program {
    /// A signed GET that must succeed (RFC 5849).
    fn get(&self, server: &Server, path: &str, query: &[(&str, String)]) -> Result<()> {
        let now = Clock::System.now();
        let mut oauth: Vec<(&str, String)> = vec![
            ("oauth_consumer_key", self.key.clone()),
            ("oauth_nonce", Random::System.secret()),
            ("oauth_signature_method", "HMAC-SHA1".to_owned()),
            ("oauth_timestamp", now.secs().to_string()),
        ];
        let mut pairs: Vec<String> =
            oauth.iter().chain(query).map(|(n, v)| format!("{}={}", percent_encode(n), percent_encode(v))).collect();
        pairs.sort();
        let address = percent_encode(format!("http://{}{path}", server.at));
        let base = format!("GET&{address}&{}", percent_encode(pairs.join("&")));
        let key = format!("{}&", percent_encode(&self.secret));
        let mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).map_err(|e| e.to_string())?.chain_update(base);
        oauth.push(("oauth_signature", STANDARD.encode(mac.finalize().into_bytes())));
        let parts: Vec<String> = oauth.iter().map(|(n, v)| format!("{n}=\"{}\"", percent_encode(v))).collect();
        let query: Vec<String> = query.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let answer = http::send(
            server.at,
            "GET",
            &format!("{path}?{}", query.join("&")),
            &format!("OAuth {}", parts.join(", ")),
            None,
        )?
        .expect(200)?;
        let rows = answer["tenants"].as_array().map_or(0, Vec::len);
        if rows == PER_PAGE as usize { Ok(()) } else { Err(format!("{rows} tenants on a page")) }
    }
}
