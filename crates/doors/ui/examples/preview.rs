//! Shows the pages without a server behind them: `cargo run -p ui --example preview [ADDRESS]`.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use kernel::Error;

/// A link's token says how it goes.
#[derive(Clone)]
struct Preview;

impl ui::SetPassword for Preview {
    async fn check(&self, token: &str, _: IpAddr) -> Result<(), Error> {
        match token {
            "good" => Ok(()),
            "busy" => Err(Error::RateLimited(Duration::from_secs(480))),
            "down" => Err(Error::Unavailable("preview")),
            _ => Err(Error::Conflict("link_ended")),
        }
    }

    async fn set(&self, token: String, _: String, from: IpAddr) -> Result<(), Error> {
        self.check(&token, from).await
    }
}

impl ui::SignIn for Preview {
    fn is_secure(&self) -> bool {
        false
    }

    fn secret(&self) -> String {
        "s".repeat(43)
    }

    async fn asking(&self, next: String) -> Result<Option<ui::Asking>, Error> {
        let asking = || ui::Asking {
            client: "Residents’ app".to_owned(),
            redirect_uri: "https://app.example/callback".to_owned(),
        };
        Ok(next.starts_with("/oidc/").then(asking))
    }

    async fn sign_in(&self, attempt: ui::Attempt) -> Result<String, Error> {
        match attempt.password.as_str() {
            "good" => Ok("c".repeat(43)),
            "busy" => Err(Error::RateLimited(Duration::from_secs(8))),
            _ => Err(Error::Unauthenticated(kernel::Unauthenticated::Credentials)),
        }
    }

    async fn sign_out(&self, _: String) -> Result<(), Error> {
        Ok(())
    }

    async fn consent_asked(&self, _: String, _: Option<String>) -> Result<Result<ui::Consent, String>, Error> {
        Ok(Ok(ui::Consent {
            client: "Residents’ app".to_owned(),
            person: "Ada <Lovelace>".to_owned(),
            scopes: ["openid", "profile", "email", "offline_access"].map(str::to_owned).to_vec(),
            csrf: "x".to_owned(),
            redirect_uri: "https://app.example/callback".to_owned(),
        }))
    }

    async fn consent(&self, request: String, _: Option<String>, csrf: String, allow: bool) -> Result<String, Error> {
        if csrf == "x" { Ok(format!("/oidc/authorize?{request}&allow={allow}")) } else { Err(Error::Forbidden) }
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8090".to_owned());
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("http://{address}/");
    for token in ["good", "ended", "busy", "down"] {
        println!("http://{address}/changePassword?token={token}");
    }
    for page in ["login", "login?next=/oidc/authorize", "consent?a=b", "sign-out", "signed-out"] {
        println!("http://{address}/app/{page}");
    }
    axum::serve(listener, ui::router(Preview).into_make_service_with_connect_info::<SocketAddr>()).await
}
