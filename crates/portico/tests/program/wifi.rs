//! A passphrase is told to an access point, and is nowhere else in clear.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use super::support::{Server, Site, folder, send};

const DEVICE: &str = "3C-22-FB-10-4A-01";

/// What `radclient` prints about a device that wants to join; it asks again for some seconds.
fn ask(at: &str, secret: &str) -> String {
    let mut client = Command::new("radclient")
        .args(["-x", "-r", "40", "-t", "0.25", at, "auth", secret])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("radclient is needed: install Debian's freeradius-utils, or run cargo xtask test");
    let asked = format!("Calling-Station-Id = \"{DEVICE}\"\nMessage-Authenticator = 0x00\n");
    client.stdin.take().unwrap().write_all(asked.as_bytes()).unwrap();
    String::from_utf8(client.wait_with_output().unwrap().stdout).unwrap()
}

/// All files below a folder, with their bytes.
fn all_bytes(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.path() {
            path if path.is_dir() => out.extend(all_bytes(&path)),
            path => out.push((path.display().to_string(), fs::read(path).unwrap())),
        }
    }
    out
}

#[test]
fn a_passphrase_is_nowhere_in_clear() {
    let site = Site { dir: folder(), postgres: None };
    let run = |args: &[&str]| site.run(&[args, &["--data", "demo"]].concat());
    let mut demo = site.command(&["demo", "--data", "demo", "--listen", "127.0.0.1:0"]);
    let log = File::create(site.dir.join("log")).unwrap();
    let server = Server::start({
        demo.env("PORTICO_RADIUS", "127.0.0.1:0").env("PORTICO_LOG", "trace").stderr(log);
        demo
    });
    let radius = server.greeting.lines().find_map(|l| l.strip_prefix("RADIUS is at ")?.split_once(',')).unwrap().0;
    let made = run(&["client", "create", "--name", "A program"]);
    let house = made.lines().find_map(|l| l.strip_prefix("facility ")?.strip_suffix(" Garden Blocks")).unwrap();
    let grant = ["--grant", "client_credentials", "--scope", "wifi"];
    let tokens = run(&[&["client", "create", "--kind", "oauth2", "--name", "WiFi"][..], &grant].concat());
    let note: serde_json::Value = serde_json::from_slice(&fs::read(site.dir.join("demo/demo.json")).unwrap()).unwrap();
    let tenant = note["ruckus"]["admin"]["tenant_id"].as_str().unwrap();
    assert!(tokens.contains(&format!("tokens at     /oauth2/token/{tenant}\n")), "{tokens}");
    let made = run(&[
        &["wifi", "add-client", "--property", house][..],
        &["--name", "AP", "--address", "127.0.0.1", "--generate"],
    ]
    .concat());
    let secret = made.lines().find_map(|l| l.strip_prefix("secret ")).unwrap();
    let listed = run(&["wifi", "list", "--property", house]);
    assert!(listed.contains("Garden Blocks Guests\tvlan 40") && listed.contains("127.0.0.1\tAP"), "{listed}");
    assert!(!listed.contains(secret));

    let answer = ask(radius, secret);
    let passphrase = answer.split_once("Tunnel-Password:0 = \"").and_then(|(_, rest)| rest.split_once('"'));
    let (passphrase, _) = passphrase.unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(passphrase.len(), 12);

    let (_, metrics) = send(server.at, "GET", "/metrics", None, None).unwrap();
    assert!(metrics.as_str().unwrap().contains("portico_radius_requests_total{outcome=\"accepted\"}"), "{metrics}");
    run(&["backup", "copy"]);
    // While it runs, with the write-ahead log, and after it has ended.
    let mut places = all_bytes(&site.dir);
    assert!(server.stop().success());
    places.extend(all_bytes(&site.dir));
    places.push(("metrics".to_owned(), metrics.to_string().into_bytes()));
    assert!(
        places.iter().any(|(name, _)| name.ends_with("portico.db")) && places.iter().any(|(n, _)| n.ends_with("copy"))
    );
    let log = places.iter().find(|(name, _)| name.ends_with("/log")).unwrap().1.clone();
    assert!(!log.is_empty());
    for (name, bytes) in &places {
        for secret in [passphrase, secret] {
            assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "{name} holds a secret");
        }
    }
    let log = String::from_utf8_lossy(&log).to_uppercase();
    assert!(!log.contains(DEVICE) && !log.contains(&DEVICE.replace('-', ":")), "the log names a device");
}
