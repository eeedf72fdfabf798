//! What the server holds while eight files of 10 MB come in at once.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use app::file::THUMBNAIL;
use image::{Rgb, RgbImage, codecs::jpeg::JpegEncoder};

use crate::{
    Result,
    bench::Bench,
    house::{self, House},
    http::{self, split},
    server::Server,
    site::Site,
    table::Row,
};

/// So many at once.
const UPLOADS: usize = 8;
/// The most bytes the call takes.
const BYTES: usize = 10 * 1024 * 1024;
/// So much more memory at most, in MiB.
const MOST: f64 = 30.0;
/// Bytes sent at a time.
const PIECE: usize = 64 * 1024;

/// Measures it on each database.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for kind in bench.kinds() {
        let (site, _) = Site::open(bench, "upload", kind)?;
        let house = house::settle(&site, async |_, _, _| Ok(()))?;
        let server = site.serve()?;
        // Once, so that what the first upload makes for all is there.
        send(server.at, &house, "application/octet-stream", &[0; PIECE])?;
        for (what, content_type, file) in [
            ("files", "application/octet-stream", vec![0x80; BYTES]),
            ("photos, until all have thumbnails", "image/jpeg", photo()?),
        ] {
            let before = server.memory()?;
            let most = held(&server, &house, content_type, &file)?;
            let row = Row::new(
                format!("{}: RssAnon during {UPLOADS} {what} of 10 MB at once", kind.name()),
                "`POST /api/v1/uploads`, /proc/PID/status",
                format!("{most:.0} MiB, {:.0} more than before", most - before),
            );
            rows.push(row.wanted(format!("≤ {MOST:.0} MiB more"), most - before <= MOST));
        }
    }
    Ok(rows)
}

/// The most memory that the server held until nothing was left to do about the uploads.
fn held(server: &Server, house: &House, content_type: &str, file: &[u8]) -> Result<f64> {
    let photos = if content_type.starts_with("image/") { UPLOADS } else { 0 };
    let before = thumbnails(server)?;
    let done = AtomicBool::new(false);
    thread::scope(|s| {
        let watch = s.spawn(|| {
            let mut most = 0.0_f64;
            while !done.load(Ordering::Relaxed) {
                most = most.max(server.memory()?);
                thread::sleep(Duration::from_millis(2));
            }
            Ok(most)
        });
        let sent: Vec<_> = (0..UPLOADS).map(|_| s.spawn(|| send(server.at, house, content_type, file))).collect();
        let sent: Result<Vec<()>> =
            sent.into_iter().map(|t| t.join().unwrap_or_else(|_| Err("an upload crashed".into()))).collect();
        let sent = sent.and_then(|_| made(server, before + photos));
        done.store(true, Ordering::Relaxed);
        let most = watch.join().unwrap_or_else(|_| Err("nobody watched".into()));
        sent.and(most)
    })
}

/// Waits until the server has made so many thumbnails.
fn made(server: &Server, wanted: usize) -> Result<()> {
    for _ in 0..600 {
        if thumbnails(server)? >= wanted {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    Err("the thumbnails take more than a minute".into())
}

/// So many thumbnails the server has made.
fn thumbnails(server: &Server) -> Result<usize> {
    let answer = http::send(server.at, "GET", "/metrics", "", None)?;
    let text = String::from_utf8_lossy(&answer.raw);
    let made = text.lines().filter(|l| l.starts_with("portico_jobs_total{") && l.contains(THUMBNAIL));
    made.map(|l| match l.rsplit_once(' ') {
        Some((name, n)) if name.contains("\"done\"") => n.parse::<usize>().map_err(|_| format!("no number: {l}")),
        _ => Err(format!("a thumbnail was not made: {l}")),
    })
    .sum()
}

/// Uploads a file in pieces.
fn send(at: SocketAddr, house: &House, content_type: &str, file: &[u8]) -> Result<()> {
    let exchange = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(at)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let (cookie, length) = (&house.cookie, file.len());
        stream.write_all(
            format!(
                "POST /api/v1/uploads HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\nContent-Type: {content_type}\r\n\
                 X-Filename: file\r\nContent-Length: {length}\r\nCookie: {cookie}\r\n\r\n"
            )
            .as_bytes(),
        )?;
        for piece in file.chunks(PIECE) {
            stream.write_all(piece)?;
        }
        let mut raw = Vec::new();
        stream.read_to_end(&mut raw)?;
        Ok(raw)
    };
    let raw = exchange().map_err(|e| format!("an upload: {e}"))?;
    match split(&raw) {
        Some((head, _)) if head.starts_with("HTTP/1.1 200") => Ok(()),
        _ => Err(String::from_utf8_lossy(&raw).into_owned()),
    }
}

/// A photo of 12 megapixels, as large as the call takes: nothing but noise, with as much quality as fits.
fn photo() -> Result<Vec<u8>> {
    let noise = RgbImage::from_fn(4_000, 3_000, |x, y| {
        let n = (x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77)).wrapping_mul(0xC2B2_AE3D);
        Rgb([(n >> 8) as u8, (n >> 16) as u8, (n >> 24) as u8])
    });
    for quality in (10..=95).rev().step_by(5) {
        let mut out = Vec::new();
        JpegEncoder::new_with_quality(&mut out, quality).encode_image(&noise).map_err(|e| e.to_string())?;
        if out.len() <= BYTES {
            return Ok(out);
        }
    }
    Err("no photo of noise is small enough".into())
}
