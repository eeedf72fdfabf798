//! The server: all doors on one install, and the work behind them, from start to stop.

use std::{io::stdout, sync::Arc};

use app::{App, work};
use identity::Identity;
use kernel::Error;
use portico_http::{Counted, Counting, Entrance, Front, Kit, Limiter, Metrics, Ready, SharedBuckets};
use tokio::net::TcpListener;

use crate::{
    config::{Config, Mail},
    failure::{Failure, Outcome},
    install::{Install, Schema, data_dir},
    lifecycle::{self, Ending, Stop},
    lock::DataLock,
    shared::Redis,
};

/// Serves an install until it is told to stop. `prepare` runs once the install is open and before anybody is served.
///
/// # Errors
/// What keeps it from starting, in one line; that requests had to be cut off.
pub async fn run<P>(config: Config, schema: Schema, prepare: P) -> Outcome
where
    P: AsyncFnOnce(&Install, &str) -> Outcome,
{
    data_dir(&config)?;
    let _lock = DataLock::take(&config.data.dir)?;
    let at = config.server.listen;
    let listener =
        TcpListener::bind(at).await.map_err(|e| Failure::because(format_args!("Cannot listen on {at}"), e))?;
    let at = listener.local_addr().map_err(|e| Failure::because("Cannot listen", e))?;
    let public_url = config.server.public_url(at);
    let install = Install::with(&config, schema, &public_url).await?;
    prepare(&install, &public_url).await?;

    let stop = Stop::default();
    stop.on_signals().map_err(|e| Failure::because("Cannot catch signals", e))?;
    let app = &install.app;
    let metrics = Metrics::new(env!("CARGO_PKG_VERSION"), app.clock());
    metrics.install().map_err(|e| Failure::because("Cannot count", e))?;
    let runner = jobs::Runner::new(app.clone(), mailer(&config.mail)?);
    gauges(&metrics, app, &runner);
    tokio::spawn(metrics.clone().upkeep());
    let working = tokio::spawn({
        let stop = stop.clone();
        async move { runner.run(stop.draining()).await }
    });

    let radius = radius_server(&config, app).await?;
    let answering = tokio::spawn({
        let stop = stop.clone();
        async move {
            if let Some(server) = radius {
                server.run(stop.draining()).await;
            }
        }
    });

    let kit = Kit {
        clock: app.clock().clone(),
        random: app.random().clone(),
        proxies: config.server.proxies(),
        metrics,
        ready: ready(app, &stop),
        counting: Some(counting()),
    };
    let front = Front::new(kit, entrances(&install.identity, &config)?);
    lifecycle::announce(at, &mut stdout()).map_err(|e| Failure::because("Cannot print", e))?;
    let ending = lifecycle::serve(listener, front, &stop, config.server.shutdown_grace).await;
    // Whatever ended serving, the work behind it ends as well.
    stop.drain();
    tokio::select! {
        _ = async { tokio::join!(working, answering) } => {}
        () = stop.cutting() => {}
    }
    app.close().await;
    match ending {
        Ending::Clean => Ok(()),
        Ending::Cut(n) => {
            Err(Failure::new(format_args!("{n} connections were cut off before their requests had ended.")))
        }
    }
}

/// The server that access points ask, when it is wanted.
async fn radius_server(config: &Config, app: &App) -> Outcome<Option<radius::Server>> {
    let Some(at) = config.server.radius else { return Ok(None) };
    let at = radius::Addresses { authentication: at, accounting: config.server.radius_accounting };
    let server = radius::Server::bind(app.clone(), at).await;
    let server = server.map_err(|e| Failure::because("Cannot serve RADIUS", e))?;
    let (asking, telling) = server.addresses()?;
    say!("RADIUS is at {asking}, accounting at {telling}")?;
    Ok(Some(server))
}

/// All doors. A new one adds its line.
fn entrances(identity: &Identity, config: &Config) -> Outcome<Vec<Entrance>> {
    let shared = shared(config)?;
    let programs = Limiter::new(config.limits.calls, shared.clone());
    let apis = [
        dwellingly::entrance(identity.clone()),
        casavi::entrance(identity.clone()),
        manager::entrance(identity.clone()),
        storedge::entrance(identity.clone(), config.server.public_url.as_deref()),
        idwell::entrance(identity.clone(), config.server.public_url.as_deref(), programs.clone()),
    ];
    let ruckus = ruckus::entrances(identity.clone(), Limiter::new(ruckus::RATE, shared), programs);
    // A page of another origin may call them: tokens open them, and no cookie of ours is sent from there.
    let mut all: Vec<Entrance> = apis.into_iter().chain(ruckus).map(|api| api.cors(config.server.cors())).collect();
    all.extend([files::entrance(identity.clone()), ui::entrance(identity.clone())]);
    all.extend(oidc::entrances(identity.clone(), ui::refused));
    Ok(all)
}

/// Where this server counts together with others, if anywhere.
fn shared(config: &Config) -> Outcome<Option<Arc<dyn SharedBuckets>>> {
    let Some(url) = &config.limits.redis else { return Ok(None) };
    Ok(Some(Arc::new(Redis::new(url.expose())?)))
}

fn mailer(mail: &Mail) -> Outcome<Option<outbound::Mailer>> {
    let url = mail.smtp.as_ref().map(crate::config::Secret::expose);
    outbound::Mailer::from_url(url, &mail.from.to_string())
        .map_err(|e| Failure::because("The mail settings are wrong", e))
}

fn counting() -> Counting {
    Counting::new(|answering| {
        let counters = Arc::<work::Work>::default();
        let read = Arc::clone(&counters);
        (
            Box::pin(work::scope(counters, answering)),
            Box::new(move || Counted { queries: read.queries(), micros: read.micros() }),
        )
    })
}

fn ready(app: &App, stop: &Stop) -> Ready {
    let (app, stop) = (app.clone(), stop.clone());
    Ready::new(move || {
        let (app, stop) = (app.clone(), stop.clone());
        async move {
            if stop.is_draining() {
                return Err("stopping".to_owned());
            }
            app.ready().await.map_err(|e| match e {
                Error::Unavailable(why) => why.to_owned(),
                _ => "the database does not answer".to_owned(),
            })
        }
    })
}

fn gauges(metrics: &Metrics, app: &App, runner: &jobs::Runner) {
    let (app, runner) = (app.clone(), runner.clone());
    metrics.before_render(move || {
        let (app, runner) = (app.clone(), runner.clone());
        async move {
            #[expect(clippy::cast_precision_loss, reason = "a gauge")]
            metrics::gauge!("portico_sqlite_wal_bytes").set(app.wal_bytes() as f64);
            runner.measure().await;
        }
    });
}
