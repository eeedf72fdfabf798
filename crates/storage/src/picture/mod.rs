//! Pictures: how large they are, what is taken out of them, and small ones of them. All of it works on the calling
//! thread and takes its time; call it from within [`alone`].

mod heif;
mod parts;
mod strip;
mod tiff;

use std::{io::Cursor, sync::LazyLock};

use bytes::Bytes;
use image::{
    DynamicImage, GrayImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, RgbImage, codecs::jpeg::JpegEncoder,
};
use jpeg_decoder::PixelFormat;
use kernel::{Error, Result};
use tokio::runtime::{Builder, Runtime};

use crate::kind::TIFF;

#[cfg(any(test, feature = "testing"))]
pub(crate) use strip::crc32;
pub use strip::strip;

/// Pictures of more pixels are not decoded: a small file can hold a picture that fills the memory.
pub const MOST_PIXELS: u64 = 50_000_000;

/// Thumbnails are at most so wide and high.
pub const THUMBNAIL: (u32, u32) = (300, 225);

/// The size of a picture stands in so many bytes, in front.
const HEAD: usize = 1024 * 1024;

/// Decoding takes at most so many bytes of memory.
const MEMORY: u64 = 512 * 1024 * 1024;

/// The size of a picture in pixels, as it is looked at; nothing is decoded for it. None when it has no readable head.
#[must_use]
pub fn size(bytes: &[u8], content_type: &str) -> Option<(u32, u32)> {
    let mut decoder = reader(head(bytes, content_type), content_type)?.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    let turned = decoder.orientation().is_ok_and(|o| o.to_exif() > 4);
    Some(if turned { (height, width) } else { (width, height) })
}

/// The same of a picture in parts.
#[must_use]
pub fn size_of(parts: &[Bytes], content_type: &str) -> Option<(u32, u32)> {
    if let [whole] = parts {
        return size(whole, content_type);
    }
    // The parts of a WebP name each other from one end to the other.
    let most = if content_type == "image/webp" { usize::MAX } else { HEAD };
    let mut head = Vec::new();
    for part in parts {
        head.extend_from_slice(&part[..part.len().min(most - head.len())]);
    }
    size(&head, content_type)
}

/// A picture that fits into [`THUMBNAIL`], of the same kind; smaller pictures keep their size. None when it has too
/// many pixels or cannot be decoded.
#[must_use]
pub fn thumbnail(bytes: &[u8], content_type: &str) -> Option<Bytes> {
    size(bytes, content_type).filter(|size| may_be_decoded(*size))?;
    let orientation = reader(head(bytes, content_type), content_type)?.into_decoder().ok()?.orientation().ok()?;
    // Turned afterwards, when it is small: it is made to fit as it lies.
    let (w, h) = if orientation.to_exif() > 4 { (THUMBNAIL.1, THUMBNAIL.0) } else { THUMBNAIL };
    let whole = match scaled(bytes, content_type, (w, h)) {
        Some(scaled) => scaled,
        None => DynamicImage::from_decoder(reader(bytes, content_type)?.into_decoder().ok()?).ok()?,
    };
    let mut small = if whole.width() > w || whole.height() > h { whole.thumbnail(w, h) } else { whole };
    small.apply_orientation(orientation);
    let mut out = Vec::new();
    let written = match format(content_type)? {
        ImageFormat::Jpeg => JpegEncoder::new_with_quality(&mut out, 82).encode_image(&small.to_rgb8()),
        // Eight bits a colour are enough, and the only ones that all encoders take.
        format => DynamicImage::from(small.to_rgba8()).write_to(&mut Cursor::new(&mut out), format),
    };
    written.ok().map(|()| out.into())
}

/// A JPEG, at least so wide or so high, of which each block of 8 × 8 pixels was decoded to 4 × 4, 2 × 2 or one: a photo of
/// 12 megapixels then takes 1 MB of memory instead of 36. None for what is no JPEG, and for the rare kinds (four colours,
/// lossless) that are decoded as any other picture.
fn scaled(bytes: &[u8], content_type: &str, (width, height): (u32, u32)) -> Option<DynamicImage> {
    if format(content_type)? != ImageFormat::Jpeg {
        return None;
    }
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(usize::try_from(MEMORY).ok()?);
    let (w, h) = decoder.scale(u16::try_from(width).ok()?, u16::try_from(height).ok()?).ok()?;
    let pixels = decoder.decode().ok()?;
    match decoder.info()?.pixel_format {
        PixelFormat::RGB24 => RgbImage::from_raw(w.into(), h.into(), pixels).map(DynamicImage::from),
        PixelFormat::L8 => GrayImage::from_raw(w.into(), h.into(), pixels).map(DynamicImage::from),
        PixelFormat::L16 | PixelFormat::CMYK32 => None,
    }
}

/// Does something with a whole picture in memory: one after the other, and all of them on one thread. What a thread takes
/// and gives back it takes again, where each of many would hold a picture's room for itself. The thread ends when there was
/// nothing to do for a while.
///
/// # Errors
/// When the thread cannot be begun, and when `work` panics: a decoder may have met what it cannot decode.
pub async fn alone<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    static THREAD: LazyLock<std::io::Result<Runtime>> =
        LazyLock::new(|| Builder::new_current_thread().max_blocking_threads(1).thread_name("pictures").build());
    let thread = THREAD.as_ref().map_err(Error::internal)?;
    thread.spawn_blocking(work).await.map_err(Error::internal)
}

/// Whether a picture of this size is decoded at all.
#[must_use]
pub fn may_be_decoded((width, height): (u32, u32)) -> bool {
    u64::from(width) * u64::from(height) <= MOST_PIXELS
}

/// Whether there is something in it that may tell a place, wherever: for pictures that cannot be taken apart. A TIFF has no
/// mark for it.
#[must_use]
pub fn has_metadata(bytes: &[u8]) -> bool {
    let marks: [&[u8]; 5] = [b"Exif\0", b"eXIf", b"EXIF", b"<x:xmpmeta", b"http://ns.adobe.com/xap/"];
    TIFF.iter().any(|mark| bytes.starts_with(*mark))
        || marks.iter().any(|mark| bytes.windows(mark.len()).any(|w| w == *mark))
}

/// What is read of a picture to know its size: decoders of JPEGs copy all that they are given.
fn head<'a>(bytes: &'a [u8], content_type: &str) -> &'a [u8] {
    if content_type == "image/jpeg" { &bytes[..bytes.len().min(HEAD)] } else { bytes }
}

fn format(content_type: &str) -> Option<ImageFormat> {
    Some(match content_type {
        "image/jpeg" => ImageFormat::Jpeg,
        "image/png" => ImageFormat::Png,
        "image/gif" => ImageFormat::Gif,
        "image/webp" => ImageFormat::WebP,
        _ => return None,
    })
}

fn reader<'a>(bytes: &'a [u8], content_type: &str) -> Option<ImageReader<Cursor<&'a [u8]>>> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format(content_type)?);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    Some(reader)
}

#[cfg(test)]
mod tests;
