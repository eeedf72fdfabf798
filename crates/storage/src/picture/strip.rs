//! Takes out of a picture what is not needed to draw it, above all the place and time at which it was taken. The
//! pixels are copied as they are. What is kept is a list: whatever is not on it goes, also what will be invented later.

use image::metadata::Orientation;

use super::heif;

/// The picture without its metadata. None when it is not built as its kind is; then nobody can tell what is in it.
///
/// How it is to be turned is kept: phones write pixels as the camera was held.
#[must_use]
pub fn strip(bytes: &[u8], content_type: &str) -> Option<Vec<u8>> {
    match content_type {
        "image/jpeg" => jpeg(bytes),
        "image/png" => png(bytes),
        "image/webp" => webp(bytes),
        "image/gif" => gif(bytes),
        "image/heif" | "image/avif" => heif::strip(bytes),
        _ => None,
    }
}

/// The beginning of a picture, with room for nearly all of it: growing by doubling would take twice the memory.
fn copied(head: &[u8], whole: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(whole.len() + 64);
    out.extend_from_slice(head);
    out
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
fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = copied(bytes.get(..2).filter(|soi| soi == b"\xff\xd8")?, bytes);
    let mut rest = &bytes[2..];
    let mut orientation = None;
    loop {
        let [0xff, marker, ..] = *rest else { return None };
        if marker == 0xff {
            // A fill byte.
            rest = &rest[1..];
            continue;
        }
        if marker == 0xd9 {
            out.extend_from_slice(b"\xff\xd9");
            return Some(out);
        }
        let segment = rest.get(2..4).and_then(|n| rest.get(..2 + usize::from(u16::from_be_bytes([n[0], n[1]]))))?;
        let content = segment.get(4..)?;
        rest = &rest[segment.len()..];
        if marker == 0xe1 && content.starts_with(EXIF) && orientation.is_none() {
            orientation = turned(&content[EXIF.len()..]);
            if let Some(block) = &orientation {
                let length = u16::try_from(2 + EXIF.len() + block.len()).ok()?;
                out.extend_from_slice(b"\xff\xe1");
                out.extend_from_slice(&length.to_be_bytes());
                out.extend_from_slice(EXIF);
                out.extend_from_slice(block);
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
            out.extend_from_slice(segment);
        }
        if marker == 0xda {
            let end = scan_end(rest);
            out.extend_from_slice(&rest[..end]);
            rest = &rest[end..];
            if rest.is_empty() {
                // Cut off in the midst of the pixels: browsers draw what is there.
                out.extend_from_slice(b"\xff\xd9");
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

fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = copied(bytes.get(..8).filter(|mark| mark == b"\x89PNG\r\n\x1a\n")?, bytes);
    let mut rest = &bytes[8..];
    while let Some(head) = rest.get(..8) {
        let length = usize::try_from(u32::from_be_bytes([head[0], head[1], head[2], head[3]])).ok()?;
        let chunk = rest.get(..length.checked_add(12)?)?;
        rest = &rest[chunk.len()..];
        let kind = &chunk[4..8];
        if kind == b"eXIf"
            && let Some(block) = turned(&chunk[8..8 + length])
        {
            let mut turned = b"eXIf".to_vec();
            turned.extend_from_slice(&block);
            out.extend_from_slice(&u32::try_from(block.len()).ok()?.to_be_bytes());
            out.extend_from_slice(&turned);
            out.extend_from_slice(&crc32(&turned).to_be_bytes());
        }
        if PNG.iter().any(|kept| kept.as_slice() == kind) {
            out.extend_from_slice(chunk);
        }
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

fn webp(bytes: &[u8]) -> Option<Vec<u8>> {
    let head = bytes.get(..12).filter(|h| h.starts_with(b"RIFF") && h.ends_with(b"WEBP"))?;
    let length = usize::try_from(u32::from_le_bytes([head[4], head[5], head[6], head[7]])).ok()?;
    let mut rest = bytes.get(12..length.checked_add(8)?.min(bytes.len()))?;
    let mut out = copied(head, bytes);
    let (mut flags, mut exif) = (None, None);
    while !rest.is_empty() {
        let n = rest.get(4..8)?;
        let length = usize::try_from(u32::from_le_bytes([n[0], n[1], n[2], n[3]])).ok()?;
        let content = rest.get(8..length.checked_add(8)?)?;
        let kind = &rest[..4];
        match kind {
            b"VP8 " | b"VP8L" | b"VP8X" | b"ALPH" | b"ANIM" | b"ANMF" | b"ICCP" => {
                if kind == b"VP8X" {
                    flags = Some(out.len() + 8);
                }
                push(&mut out, kind, content)?;
            }
            b"EXIF" => exif = turned(content.strip_prefix(EXIF).unwrap_or(content)),
            _ => {}
        }
        rest = rest.get(8 + length + length % 2..).unwrap_or_default();
    }
    let mut turned = 0;
    if let (Some(_), Some(block)) = (flags, exif) {
        push(&mut out, b"EXIF", &block)?;
        turned = HAS_EXIF;
    }
    if let Some(byte) = flags.and_then(|at| out.get_mut(at)) {
        *byte = *byte & !(HAS_EXIF | HAS_XMP) | turned;
    }
    let length = u32::try_from(out.len() - 8).ok()?;
    out[4..8].copy_from_slice(&length.to_le_bytes());
    Some(out)
}

/// Pictures, how they follow each other and how often; neither comments nor what programs add.
fn gif(bytes: &[u8]) -> Option<Vec<u8>> {
    let head = bytes.get(..13).filter(|head| head.starts_with(b"GIF8"))?;
    let colours = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3_usize << ((flags & 7) + 1) };
    let mut out = copied(head, bytes);
    let mut at = 13 + colours(head[10]);
    out.extend_from_slice(bytes.get(13..at)?);
    loop {
        let start = at;
        let kept = match bytes.get(at)? {
            0x3b => {
                out.push(0x3b);
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
            out.extend_from_slice(bytes.get(start..at)?);
        }
    }
}

fn push(out: &mut Vec<u8>, kind: &[u8], content: &[u8]) -> Option<()> {
    out.extend_from_slice(kind);
    out.extend_from_slice(&u32::try_from(content.len()).ok()?.to_le_bytes());
    out.extend_from_slice(content);
    if content.len() % 2 == 1 {
        out.push(0);
    }
    Some(())
}
