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

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8090".to_owned());
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("http://{address}/");
    for token in ["good", "ended", "busy", "down"] {
        println!("http://{address}/changePassword?token={token}");
    }
    axum::serve(listener, ui::router(Preview).into_make_service_with_connect_info::<SocketAddr>()).await
}
