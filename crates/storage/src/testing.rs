//! Files that tests need, of whichever crate.

use crate::picture::crc32;

/// A PNG of 100 000 × 100 000 pixels in a few bytes. Its head is whole: only its size speaks against it.
#[must_use]
pub fn bomb() -> Vec<u8> {
    let mut head = b"IHDR".to_vec();
    head.extend_from_slice(&100_000_u32.to_be_bytes());
    head.extend_from_slice(&100_000_u32.to_be_bytes());
    head.extend_from_slice(&[8, 2, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    for chunk in [&head[..], b"IDAT\x78\x9c\x63\0\0\0\x02\0\x01", b"IEND"] {
        out.extend_from_slice(&u32::try_from(chunk.len() - 4).unwrap_or_default().to_be_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(&crc32(chunk).to_be_bytes());
    }
    out
}
