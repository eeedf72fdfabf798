//! `portico person create`: makes a person who signs in.

use app::staff::{Input, RoleInput};
use identity::Registration;
use kernel::{Draft, Field};

use crate::{cli::PersonCreate, config::Config, failure::Outcome, install::Install};

/// Makes the person and prints the id.
///
/// # Errors
/// When there is no such organization, or the address is taken or none.
pub async fn run(config: Config, args: PersonCreate) -> Outcome {
    let install = Install::open(&config).await?;
    let caller = install.operator(args.organization.id).await?;
    let input = Input {
        first_name: Field::Given(args.first),
        last_name: Field::Given(args.last),
        email: Field::Given(args.email),
        phone: Field::Given(String::new()),
        role: Field::from(args.role.map(RoleInput::Exactly)),
        ..Input::default()
    };
    let id =
        install.identity.create_staff(&caller, Draft::from(Registration { input, ..Registration::default() })).await?;
    say!("{id}")?;
    install.app.close().await;
    Ok(())
}
