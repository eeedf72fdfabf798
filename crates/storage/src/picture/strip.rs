//! Takes out of a picture what is not needed to draw it, above all the place and time at which it was taken. The
//! pixels are copied as they are. What is kept is a list: whatever is not on it goes, also what will be invented later.

use bytes::Bytes;
use image::metadata::Orientation;

use super::{heif, parts::Parts, tiff};

/// The picture without its metadata, part by part. None when it is not built as its kind is; then nobody can tell what is
/// in it.
///
/// How it is to be turned is kept: phones write pixels as the camera was held.
#[must_use]
pub fn strip(bytes: &Bytes, content_type: &str) -> Option<Vec<Bytes>> {
    let parts = match content_type {
        "image/jpeg" => jpeg(bytes),
        "image/png" => png(bytes),
        "image/webp" => webp(bytes),
        "image/gif" => gif(bytes),
        "image/heif" | "image/avif" => heif::strip(bytes),
        "image/tiff" => tiff::strip(bytes),
        _ => None,
    };
    parts?.of(bytes)
}

/// An Exif block that says nothing but how to turn the picture; None when it need not be.
fn turned(exif: &[u8]) -> Option<Vec<u8>> {
    let orientation = Orientation::from_exif_chunk(exif)?.to_exif();
    (orientation > 1).then(|| {
        let mut block = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        block.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
        block
    })
}

const EXIF: &[u8] = b"Exif\0\0";

/// Segments until the end of the image; what follows that (previews, films of phones) is left out.
fn jpeg(bytes: &[u8]) -> Option<Parts> {
    let mut out = Parts::default();
    bytes.get(..2).filter(|soi| soi == b"\xff\xd8")?;
    out.keep(0..2);
    let (mut at, mut orientation) = (2, None);
    loop {
        let [0xff, marker, ..] = bytes[at..] else { return None };
        if marker == 0xff {
            // A fill byte.
            at += 1;
            continue;
        }
        if marker == 0xd9 {
            out.keep(at..at + 2);
            return Some(out);
        }
        let n = bytes.get(at + 2..at + 4)?;
        let end = at + 2 + usize::from(u16::from_be_bytes([n[0], n[1]]));
        let content = bytes.get(at + 4..end)?;
        if marker == 0xe1 && content.starts_with(EXIF) && orientation.is_none() {
            orientation = turned(&content[EXIF.len()..]);
            if let Some(block) = &orientation {
                let length = u16::try_from(2 + EXIF.len() + block.len()).ok()?;
                out.add([b"\xff\xe1", &length.to_be_bytes()[..], EXIF, block].concat());
            }
        }
        let kept = match marker {
            0xe0 => content.starts_with(b"JFIF\0"),
            // The colours of the picture.
            0xe2 => content.starts_with(b"ICC_PROFILE\0"),
            0xee => content.starts_with(b"Adobe"),
            // Other application segments, and comments.
            0xe1..=0xef | 0xfe => false,
            _ => true,
        };
        if kept {
            out.keep(at..end);
        }
        at = end;
        if marker == 0xda {
            at += scan_end(&bytes[end..]);
            out.keep(end..at);
            if at == bytes.len() {
                // Cut off in the midst of the pixels: browsers draw what is there.
                out.add(b"\xff\xd9".to_vec());
                return Some(out);
            }
        }
    }
}

/// Where the pixels end that begin here: at the next marker that is not part of them.
fn scan_end(bytes: &[u8]) -> usize {
    let is_marker = |w: &[u8]| w[0] == 0xff && !matches!(w[1], 0x00 | 0xd0..=0xd7 | 0xff);
    bytes.windows(2).position(is_marker).unwrap_or(bytes.len())
}

/// Chunks that draw, or say what colours are meant.
const PNG: &[&[u8; 4]] = &[
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV",
    b"cLLI", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT",
];

fn png(bytes: &[u8]) -> Option<Parts> {
    let mut out = Parts::default();
    bytes.get(..8).filter(|mark| mark == b"\x89PNG\r\n\x1a\n")?;
    out.keep(0..8);
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = usize::try_from(u32::from_be_bytes([head[0], head[1], head[2], head[3]])).ok()?;
        let end = at.checked_add(12)?.checked_add(length)?;
        let content = bytes.get(at..end)?.get(8..8 + length)?;
        let kind = &head[4..];
        if kind == b"eXIf"
            && let Some(block) = turned(content)
        {
            let length = u32::try_from(block.len()).ok()?;
            let turned = [b"eXIf", &block[..]].concat();
            out.add([&length.to_be_bytes()[..], &turned, &crc32(&turned).to_be_bytes()].concat());
        }
        if PNG.iter().any(|kept| kept.as_slice() == kind) {
            out.keep(at..end);
        }
        at = end;
        if kind == b"IEND" {
            return Some(out);
        }
    }
    None
}

/// The checksum of PNG. A table would be faster; this runs over 30 bytes.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, b| {
        (0..8).fold(crc ^ u32::from(*b), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// `VP8X`'s bits for what may be in the file.
const HAS_EXIF: u8 = 0b1000;
const HAS_XMP: u8 = 0b0100;

fn webp(bytes: &[u8]) -> Option<Parts> {
    let head = bytes.get(..12).filter(|h| h.starts_with(b"RIFF") && h.ends_with(b"WEBP"))?;
    let length = usize::try_from(u32::from_le_bytes([head[4], head[5], head[6], head[7]])).ok()?;
    let bytes = bytes.get(..length.checked_add(8)?.min(bytes.len())).filter(|bytes| bytes.len() > head.len())?;
    let mut out = Parts::default();
    let head = out.add_apart(head.to_vec());
    let (mut at, mut flags, mut exif) = (12, None, None);
    while at < bytes.len() {
        let n = bytes.get(at + 4..at + 8)?;
        let length = usize::try_from(u32::from_le_bytes([n[0], n[1], n[2], n[3]])).ok()?;
        let end = at.checked_add(8)?.checked_add(length)?;
        let content = bytes.get(at..end)?.get(8..)?;
        let is_odd = length % 2 == 1;
        match &bytes[at..at + 4] {
            b"VP8X" => flags = Some(out.add_apart(padded(b"VP8X", content)?)),
            b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" | b"ICCP" => {
                out.keep(at..end);
                if is_odd {
                    out.add(vec![0]);
                }
            }
            b"EXIF" => exif = turned(content.strip_prefix(EXIF).unwrap_or(content)),
            _ => {}
        }
        at = end + usize::from(is_odd);
    }
    let mut turned = 0;
    if let (Some(_), Some(block)) = (flags, exif) {
        out.add(padded(b"EXIF", &block)?);
        turned = HAS_EXIF;
    }
    if let Some(byte) = flags.and_then(|part| out.apart(part)?.get_mut(8)) {
        *byte = *byte & !(HAS_EXIF | HAS_XMP) | turned;
    }
    let length = u32::try_from(out.len() - 8).ok()?;
    out.apart(head)?.get_mut(4..8)?.copy_from_slice(&length.to_le_bytes());
    Some(out)
}

/// Pictures, how they follow each other and how often; neither comments nor what programs add.
fn gif(bytes: &[u8]) -> Option<Parts> {
    let head = bytes.get(..13).filter(|head| head.starts_with(b"GIF8"))?;
    let colours = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3_usize << ((flags & 7) + 1) };
    let mut at = 13 + colours(head[10]);
    let mut out = Parts::default();
    bytes.get(..at)?;
    out.keep(0..at);
    loop {
        let start = at;
        let kept = match bytes.get(at)? {
            0x3b => {
                out.keep(at..at + 1);
                return Some(out);
            }
            0x2c => {
                at += 10 + colours(*bytes.get(at + 9)?) + 1;
                true
            }
            0x21 => {
                let label = *bytes.get(at + 1)?;
                at += 2;
                let name = bytes.get(at + 1..at + 12);
                label == 0xf9 || label == 0xff && matches!(name, Some(b"NETSCAPE2.0" | b"ANIMEXTS1.0"))
            }
            _ => return None,
        };
        // Blocks until an empty one.
        loop {
            let length = usize::from(*bytes.get(at)?);
            at += 1 + length;
            if length == 0 {
                break;
            }
        }
        if kept {
            out.keep(start..at);
        }
    }
}

/// A chunk of a WebP.
fn padded(kind: &[u8; 4], content: &[u8]) -> Option<Vec<u8>> {
    let mut out = [kind, &u32::try_from(content.len()).ok()?.to_le_bytes()[..], content].concat();
    out.resize(out.len().next_multiple_of(2), 0);
    Some(out)
}
