//! `portico mail show`: shows one mail of the outbox.

use app::message::Message;
use kernel::{Error, MessageId, OrgId};

use crate::{
    cli::MailShow,
    config::Config,
    failure::{Failure, Outcome},
    install::Install,
};

/// Prints the mail's head and text.
///
/// # Errors
/// When there is no such mail.
pub async fn run(config: Config, args: MailShow) -> Outcome {
    let install = Install::open(&config).await?;
    let mail = find(&install, MessageId::new(args.id)).await?;
    say!("To: {}\nSubject: {}\nDate: {}\nState: {}", mail.to_address, mail.subject, mail.created_at, mail.state)?;
    if let Some(why) = &mail.last_error {
        say!("Last error: {why}")?;
    }
    say!("\n{}", mail.text_body)?;
    install.app.close().await;
    Ok(())
}

/// A mail of any organization: ids are unique in the install.
async fn find(install: &Install, id: MessageId) -> Outcome<Message> {
    let app = &install.app;
    for organization in app.organizations().list(&app.system(OrgId::new(0))).await? {
        match app.messages().get(&app.system(organization.id), id).await {
            Err(Error::NotFound(_)) => {}
            found => return Ok(found?),
        }
    }
    Err(Failure::new(format_args!("There is no mail {id}.")))
}
