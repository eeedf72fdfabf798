//! Times the sandbox and generated data: `generate DATABASE UNITS [SEED]`, where the database is a new file or an empty
//! PostgreSQL database (`postgres://…`).

use std::{path::Path, time::Instant};

use app::{App, PostgresOptions, generate, organization, sandbox};
use db::Db;
use kernel::{Caller, Clock, Error, OrgId, Random, Result};

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, units, seed @ ..] = arguments.as_slice() else {
        return Err(Error::internal("usage: generate DATABASE UNITS [SEED]"));
    };
    let number = |s: &str| s.parse::<u32>().map_err(Error::internal);
    let (units, seed) = (number(units)?, seed.first().map_or(Ok(1), |s| number(s))?);
    let random = Random::seeded(1);
    let db = if database.starts_with("postgres://") {
        Db::postgres(database, PostgresOptions::default(), &random)?
    } else {
        Db::sqlite(Path::new(database), &random)?
    };
    let app = App::new(db, Clock::System, random, "http://127.0.0.1:8080");
    app.migrate().await?;
    let begun = Instant::now();
    let sandbox = sandbox::fill(&app, app.now(), "no hash", "no hash").await?;
    println!("the sandbox took {:.2?}; try ticket {}", begun.elapsed(), sandbox.ticket_id);
    let new = organization::New {
        name: "Generated".to_owned(),
        slug: "generated".to_owned(),
        host: None,
        country: "DE".to_owned(),
        calling_code: "49".to_owned(),
        currency: "EUR".to_owned(),
        locale: "de".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
    };
    let org = app.organizations().create(&Caller::system(OrgId::new(0), app.now()), new).await?;
    let order = generate::Order { units, seed: u64::from(seed), password_hash: None };
    let (begun, mut tenths, mut operations) = (Instant::now(), 0, 0_u32);
    let summary = generate::run(&app, &app.system(org), &order, |done, total| {
        operations += 1;
        if done * 10 / total.max(1) > tenths {
            tenths = done * 10 / total;
            println!("{:3} % after {:.2?}, {operations} operations", tenths * 10, begun.elapsed());
        }
    })
    .await?;
    println!("{summary:?} took {:.2?}", begun.elapsed());
    app.close().await;
    Ok(())
}
