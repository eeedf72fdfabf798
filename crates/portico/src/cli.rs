//! The command line.

mod wifi;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use app::{import::Kind, oauth2::GrantType};
use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use kernel::{Role, Scope};

use crate::{
    commands,
    config::{Config, File, Sources},
    failure::{Failure, Outcome},
    logging,
};

pub use wifi::{Place, Wifi};

/// One server for the whole life of a building: people, units, tickets, community, money and WiFi.
///
/// `portico demo` shows it with made-up data. `portico serve` runs it.
///
/// Settings come from portico.toml, PORTICO_… variables and flags; docs/operate/configuration.md lists them.
#[derive(Debug, Parser)]
#[command(name = "portico", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "Exit status: 0 success, 1 failure with a line on standard error, 2 wrong usage.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a sandbox with made-up data, to look around
    Demo(Demo),
    /// Serve an install: pages, APIs and the work behind them
    Serve(Serve),
    /// Bring the database schema up to date
    Migrate(Install),
    /// Check the deployment and show every setting
    Doctor(Install),
    /// Copy database, files and keys into one file while the server runs
    Backup(Backup),
    /// Restore a backup into an empty data directory
    Restore(Restore),
    /// Organizations: the managing companies
    #[command(subcommand)]
    Organization(Organization),
    /// People
    #[command(subcommand)]
    Person(Person),
    /// How people sign in
    #[command(subcommand)]
    Login(Login),
    /// Programs that call the APIs, and their secrets
    #[command(subcommand)]
    Client(Client),
    /// Outside OpenID Connect providers at which people can sign in
    #[command(subcommand)]
    Provider(Provider),
    /// The WiFi of properties: networks, and the access points that may ask
    #[command(subcommand)]
    Wifi(Wifi),
    /// The outbox: mails sent and to be sent
    #[command(subcommand)]
    Mail(Mail),
    /// Print the OpenAPI 3.1 document of a door
    Openapi(Openapi),
    /// Fill an organization with units of plausible people, tickets and payments, for load tests and trials
    Generate(Generate),
    /// Take a CSV list in: units, tenants or charges
    Import(Import),
    /// Write a CSV list of units, tenants or charges to standard output
    Export(Export),
}

/// Where an install is; taken by every command that works on one.
#[derive(Clone, Debug, Default, Args)]
pub struct Install {
    /// The configuration file [default: $PORTICO_CONFIG, else portico.toml here if there is one]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The data directory [default: portico-data]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// `portico demo`
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// The address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Where the sandbox lives; made if it is missing [default: portico-demo]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Throw away what is there and fill the sandbox again
    #[arg(long)]
    pub reset: bool,
}

/// `portico serve`
#[derive(Clone, Debug, Args)]
pub struct Serve {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// The address and UDP port on which access points ask who may join the WiFi [default: off]
    #[arg(long, value_name = "ADDR")]
    pub radius: Option<SocketAddr>,
}

/// `portico backup`
#[derive(Clone, Debug, Args)]
pub struct Backup {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The file to write; it must not be there yet
    pub file: PathBuf,
}

/// `portico restore`
#[derive(Clone, Debug, Args)]
pub struct Restore {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The file that `portico backup` wrote
    pub file: PathBuf,
}

/// `portico organization …`
#[derive(Clone, Debug, Subcommand)]
pub enum Organization {
    /// Create an organization and print its id
    Create(OrganizationCreate),
}

/// `portico organization create`
#[derive(Clone, Debug, Args)]
pub struct OrganizationCreate {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// Its name
    pub name: String,
    /// The host name under which only this organization is shown
    #[arg(long)]
    pub host: Option<String>,
    /// Its country, as two letters
    #[arg(long, value_name = "CODE", default_value = "US")]
    pub country: String,
    /// The currency of its money, as three letters
    #[arg(long, value_name = "CODE", default_value = "USD")]
    pub currency: String,
    /// The language of its mails and of pages for people who have chosen none
    #[arg(long, value_name = "LANGUAGE", default_value = "en", value_parser = ["en", "de"])]
    pub locale: String,
    /// Its time zone, by its name in the IANA database
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub time_zone: String,
}

/// Which organization a command is about.
#[derive(Clone, Debug, Args)]
pub struct InOrganization {
    /// The organization's id [default: the first one]
    #[arg(long = "organization", value_name = "ID", value_parser = clap::value_parser!(i64).range(1..))]
    pub id: Option<i64>,
}

/// `portico person …`
#[derive(Clone, Debug, Subcommand)]
pub enum Person {
    /// Create a person and print its id
    Create(PersonCreate),
}

/// `portico person create`
#[derive(Clone, Debug, Args)]
pub struct PersonCreate {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The organization.
    #[command(flatten)]
    pub organization: InOrganization,
    /// First name
    #[arg(long, value_name = "NAME")]
    pub first: String,
    /// Last name
    #[arg(long, value_name = "NAME")]
    pub last: String,
    /// E-mail address, to sign in with; `portico login set-password` lets the person do so
    #[arg(long, value_name = "ADDRESS")]
    pub email: String,
    /// What the person may do as staff; without it nothing
    #[arg(long, value_parser = roles())]
    pub role: Option<Role>,
}

/// `portico login …`
#[derive(Clone, Debug, Subcommand)]
pub enum Login {
    /// Set the password of a login, read from the first line of standard input; all its sign-ins end
    SetPassword(SetPassword),
}

/// `portico login set-password`
#[derive(Clone, Debug, Args)]
pub struct SetPassword {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The organization.
    #[command(flatten)]
    pub organization: InOrganization,
    /// The e-mail address the person signs in with
    pub email: String,
    /// Make a password up and print it instead of reading one
    #[arg(long)]
    pub generate: bool,
}

/// `portico client …`
#[derive(Clone, Debug, Subcommand)]
pub enum Client {
    /// Create a program; its key and secret are printed, the secret this once
    Create(ClientCreate),
    /// List the programs with what they may do
    List(ClientList),
    /// Give a program a new secret and print it; the old one stays good for a while
    Rotate(ClientRotate),
    /// End a program: its secrets are refused at once
    Revoke(ClientRevoke),
}

/// `portico client create`
#[derive(Clone, Debug, Args)]
pub struct ClientCreate {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The organization.
    #[command(flatten)]
    pub organization: InOrganization,
    /// Its name, as people see it beside what it did
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// How it calls: oauth1 signs its requests, oauth2 gets tokens, api_key gets a token for its secret, oidc lets people
    /// sign in with their Portico login
    #[arg(long, default_value = "oauth1", value_parser = ["oauth1", "oauth2", "api_key", "oidc"])]
    pub kind: String,
    /// oidc: where people go back to after signing in; may be repeated
    #[arg(long, value_name = "URI", required_if_eq("kind", "oidc"))]
    pub redirect: Vec<String>,
    /// oidc: where people may go back to after signing out; may be repeated
    #[arg(long, value_name = "URI")]
    pub sign_out_redirect: Vec<String>,
    /// oidc: it cannot keep a secret (an app, a page in the browser), so it gets none and has to use PKCE
    #[arg(long)]
    pub public: bool,
    /// oidc: its access tokens open the community API too
    #[arg(long)]
    pub community: bool,
    /// oauth2: a way to a token that it has; may be repeated [default: password and refresh_token]
    #[arg(long, value_name = "GRANT", value_parser = grants())]
    pub grant: Vec<GrantType>,
    /// What it may do; may be repeated [default: everything; of oauth2 read and write, of an api_key read]
    #[arg(long, value_name = "SCOPE", value_parser = scopes())]
    pub scope: Vec<Scope>,
    /// Where it may do that, as the uid of a property; may be repeated [default: everywhere]
    #[arg(long, value_name = "UID")]
    pub property: Vec<uuid::Uuid>,
}

/// `portico client list`
#[derive(Clone, Debug, Args)]
pub struct ClientList {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The organization.
    #[command(flatten)]
    pub organization: InOrganization,
}

/// `portico client rotate`
#[derive(Clone, Debug, Args)]
pub struct ClientRotate {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The organization.
    #[command(flatten)]
    pub organization: InOrganization,
    /// The program's key
    pub key: String,
    /// How long the old secret stays good: 30s, 10m, 24h, 7d
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration)]
    pub overlap: u32,
}

/// `portico client revoke`
#[derive(Clone, Debug, Args)]
pub struct ClientRevoke {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The organization.
    #[command(flatten)]
    pub organization: InOrganization,
    /// The program's key
    pub key: String,
}

/// `portico provider …`
#[derive(Clone, Debug, Subcommand)]
pub enum Provider {
    /// Add a provider; the client secret it gave us is read from the first line of standard input
    Create(ProviderCreate),
    /// List the providers
    List(ProviderList),
    /// Remove a provider; who people are there is forgotten
    Remove(ProviderRemove),
}

/// `portico provider create`
#[derive(Clone, Debug, Args)]
pub struct ProviderCreate {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The organization.
    #[command(flatten)]
    pub organization: InOrganization,
    /// Names it in addresses: lower-case letters, digits, hyphens and underscores
    #[arg(long, value_name = "KEY")]
    pub key: String,
    /// Its name, as people see it when they sign in
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// Its address, letter by letter as its discovery document tells it; https, or http on this machine
    #[arg(long, value_name = "URL")]
    pub issuer: String,
    /// What it calls us
    #[arg(long, value_name = "ID")]
    pub client_id: String,
    /// It gave us no secret
    #[arg(long)]
    pub public: bool,
    /// What to ask it for beside openid; may be repeated
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<String>,
}

/// `portico provider list`
#[derive(Clone, Debug, Args)]
pub struct ProviderList {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The organization.
    #[command(flatten)]
    pub organization: InOrganization,
}

/// `portico provider remove`
#[derive(Clone, Debug, Args)]
pub struct ProviderRemove {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The organization.
    #[command(flatten)]
    pub organization: InOrganization,
    /// The provider's key
    pub key: String,
}

/// `portico mail …`
#[derive(Clone, Debug, Subcommand)]
pub enum Mail {
    /// List the mails, the newest first
    List(MailList),
    /// Print one mail as it is sent
    Show(MailShow),
}

/// `portico mail list`
#[derive(Clone, Debug, Args)]
pub struct MailList {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The organization.
    #[command(flatten)]
    pub organization: InOrganization,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
}

/// `portico mail show`
#[derive(Clone, Debug, Args)]
pub struct MailShow {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The id that `portico mail list` shows
    #[arg(value_parser = clap::value_parser!(i64).range(1..))]
    pub id: i64,
}

/// `portico openapi`
#[derive(Clone, Debug, Args)]
pub struct Openapi {
    /// Which door
    #[arg(value_parser = PossibleValuesParser::new(commands::openapi::doors()))]
    pub door: String,
}

/// `portico generate`
#[derive(Clone, Debug, Args)]
pub struct Generate {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The organization.
    #[command(flatten)]
    pub organization: InOrganization,
    /// How many units
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub units: u32,
    /// The same seed makes the same data
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
}

/// `portico import`
#[derive(Clone, Debug, Args)]
pub struct Import {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The organization.
    #[command(flatten)]
    pub organization: InOrganization,
    /// What the list is about
    #[arg(value_parser = kinds())]
    pub kind: Kind,
    /// The file: CSV with a line of column names, in English or German
    pub file: PathBuf,
    /// Only tell what is wrong and what would be done
    #[arg(long)]
    pub dry_run: bool,
}

/// `portico export`
#[derive(Clone, Debug, Args)]
pub struct Export {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The organization.
    #[command(flatten)]
    pub organization: InOrganization,
    /// What the list is about
    #[arg(value_parser = kinds())]
    pub kind: Kind,
}

fn kinds() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::ALL.map(Kind::as_str)).try_map(|word| Kind::parse(&word).ok_or("no such list"))
}

fn roles() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::as_str)).try_map(|word| Role::parse(&word).ok_or("no such role"))
}

fn grants() -> impl TypedValueParser<Value = GrantType> {
    PossibleValuesParser::new(GrantType::ALL.map(GrantType::as_str))
        .try_map(|word| GrantType::parse(&word).ok_or("no such grant"))
}

fn scopes() -> impl TypedValueParser<Value = Scope> {
    PossibleValuesParser::new(Scope::ALL.map(Scope::as_str)).try_map(|word| Scope::parse(&word).ok_or("no such scope"))
}

/// Seconds of `30s`, `10m`, `24h` or `7d`, up to 90 days.
fn duration(text: &str) -> Result<u32, String> {
    const MOST: u32 = 90 * 86_400;
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).unwrap_or_default();
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err("must be a number with s, m, h or d, as in 24h".to_owned()),
    };
    let seconds = number.parse::<u32>().ok().and_then(|n| n.checked_mul(factor)).filter(|s| *s <= MOST);
    seconds.ok_or_else(|| "must be a whole number of s, m, h or d, at most 90d".to_owned())
}

/// Runs the command that was asked for.
#[must_use]
pub fn main() -> ExitCode {
    // Ends the process on wrong usage (2) and after --help and --version (0).
    let Cli { command } = Cli::parse();
    match run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Outcome {
    match command {
        Command::Demo(args) => on(demo_sources(&args), "info", |config| commands::demo::run(config, args)),
        Command::Serve(args) => {
            let mut sources = args.install.sources();
            sources.flags.extend(args.listen.map(|at| ("server.listen", at.to_string())));
            sources.flags.extend(args.radius.map(|at| ("server.radius", at.to_string())));
            on(sources, "info", commands::serve::run)
        }
        Command::Migrate(args) => on(args.sources(), "warn", commands::migrate::run),
        Command::Doctor(args) => on(args.sources(), "warn", commands::doctor::run),
        Command::Backup(args) => on(args.install.sources(), "warn", |c| commands::backup::run(c, args)),
        Command::Restore(args) => on(args.install.sources(), "warn", |c| commands::restore::run(c, args)),
        Command::Organization(Organization::Create(args)) => {
            on(args.install.sources(), "warn", |c| commands::organization_create::run(c, args))
        }
        Command::Person(Person::Create(args)) => {
            on(args.install.sources(), "warn", |c| commands::person_create::run(c, args))
        }
        Command::Login(Login::SetPassword(args)) => {
            on(args.install.sources(), "warn", |c| commands::login_set_password::run(c, args))
        }
        Command::Client(Client::Create(args)) => {
            on(args.install.sources(), "warn", |c| commands::client_create::run(c, args))
        }
        Command::Client(Client::List(args)) => {
            on(args.install.sources(), "warn", |c| commands::client_list::run(c, args))
        }
        Command::Client(Client::Rotate(args)) => {
            on(args.install.sources(), "warn", |c| commands::client_rotate::run(c, args))
        }
        Command::Client(Client::Revoke(args)) => {
            on(args.install.sources(), "warn", |c| commands::client_revoke::run(c, args))
        }
        Command::Provider(Provider::Create(args)) => {
            on(args.install.sources(), "warn", |c| commands::provider_create::run(c, args))
        }
        Command::Provider(Provider::List(args)) => {
            on(args.install.sources(), "warn", |c| commands::provider_list::run(c, args))
        }
        Command::Provider(Provider::Remove(args)) => {
            on(args.install.sources(), "warn", |c| commands::provider_remove::run(c, args))
        }
        Command::Wifi(args) => on(args.at().install.sources(), "warn", |c| commands::wifi::run(c, args)),
        Command::Mail(Mail::List(args)) => on(args.install.sources(), "warn", |c| commands::mail_list::run(c, args)),
        Command::Mail(Mail::Show(args)) => on(args.install.sources(), "warn", |c| commands::mail_show::run(c, args)),
        Command::Openapi(args) => commands::openapi::run(&args, &mut std::io::stdout()),
        Command::Generate(args) => on(args.install.sources(), "warn", |c| commands::generate::run(c, args)),
        Command::Import(args) => on(args.install.sources(), "warn", |c| commands::import::run(c, args)),
        Command::Export(args) => on(args.install.sources(), "warn", |c| commands::export::run(c, args)),
    }
}

impl Install {
    fn sources(&self) -> Sources {
        Sources {
            file: self.config.clone().map_or(File::Usual, File::Named),
            env: std::env::vars_os().collect(),
            flags: self.data.iter().map(|dir| ("data.dir", dir.display().to_string())).collect(),
            ..Sources::default()
        }
    }
}

/// The sandbox may be thrown away, so what was set for a real install does not lead it there: no file is read, and the
/// data directory is the flag's or its own default.
fn demo_sources(args: &Demo) -> Sources {
    let mut sources = Install { config: None, data: args.data.clone() }.sources();
    sources.file = File::None;
    sources.env.retain(|(name, _)| name != "PORTICO_DATA" && name != "PORTICO_KEYS_FILE");
    sources.defaults.push(("data.dir", "portico-demo".to_owned()));
    sources.flags.extend(args.listen.map(|at| ("server.listen", at.to_string())));
    sources
}

/// Reads the configuration, starts the log and the runtime, and runs a command to its end.
fn on<F: Future<Output = Outcome>>(sources: Sources, filter: &str, command: impl FnOnce(Config) -> F) -> Outcome {
    let config = Config::load(sources)?;
    let _logging = logging::start(&config.log, filter)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::because("Cannot start", e))?;
    let outcome = runtime.block_on(command(config));
    // What still runs in the background was asked to end before; nothing waits for it here.
    runtime.shutdown_background();
    outcome
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn times_have_a_unit() {
        assert_eq!(["30s", "10m", "24h", "7d", "0s"].map(|t| duration(t).unwrap()), [30, 600, 86_400, 604_800, 0]);
        for bad in ["", "h", "24", "1.5h", "-1h", "91d", "9999999999s", "24ü"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_commands_fit_together() {
        Cli::command().debug_assert();
    }
}
