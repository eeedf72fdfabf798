use std::{io::Cursor, ops::Range, sync::LazyLock};

use bytes::Bytes;
use image::{DynamicImage, ImageFormat, RgbImage};
use proptest::prelude::*;

use super::{strip as parts_of, *};

/// What is left, in one piece.
fn strip(bytes: &[u8], kind: &str) -> Option<Vec<u8>> {
    Some(parts_of(&Bytes::copy_from_slice(bytes), kind)?.concat())
}

const PLACE: &[u8] = b"48 deg 12' 30.00\" N";

/// Exif with an orientation and something secret.
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    block.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0, 0]);
    block.extend_from_slice(PLACE);
    block
}

fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, y| image::Rgb([(x % 256) as u8, (y % 256) as u8, 99]));
    let mut out = Vec::new();
    DynamicImage::from(image).write_to(&mut Cursor::new(&mut out), format).unwrap();
    out
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![0xff, marker];
    out.extend_from_slice(&((content.len() + 2) as u16).to_be_bytes());
    out.extend_from_slice(content);
    out
}

/// A JPEG as a phone writes it: Exif, XMP, a comment, and a film at its end.
fn phone(orientation: u8) -> Vec<u8> {
    let plain = picture(400, 200, ImageFormat::Jpeg);
    let mut out = plain[..2].to_vec();
    out.extend(segment(0xe1, &[b"Exif\0\0", exif(orientation).as_slice()].concat()));
    out.extend(segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", PLACE].concat()));
    out.extend(segment(0xed, &[b"Photoshop 3.0\0", PLACE].concat()));
    out.extend(segment(0xe2, b"ICC_PROFILE\0\x01\x01colours"));
    out.extend(segment(0xe2, &[b"MPF\0", PLACE].concat()));
    out.extend(segment(0xfe, PLACE));
    out.extend_from_slice(&plain[2..]);
    out.extend_from_slice(PLACE);
    out
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|w| w == what)
}

fn pixels(bytes: &[u8]) -> Vec<u8> {
    image::load_from_memory(bytes).unwrap().into_bytes()
}

#[test]
fn a_jpeg_loses_its_place_and_keeps_its_pixels() {
    for orientation in [1, 6] {
        let before = phone(orientation);
        assert!(holds(&before, PLACE));
        let after = strip(&before, "image/jpeg").unwrap();
        assert!(!holds(&after, PLACE));
        assert!(holds(&after, b"ICC_PROFILE") && !holds(&after, b"MPF"));
        assert_eq!(holds(&after, b"Exif"), orientation != 1, "an orientation is all that Exif is kept for");
        assert_eq!(pixels(&before), pixels(&after));
        assert_eq!(size(&before, "image/jpeg"), size(&after, "image/jpeg"));
        assert_eq!(size(&after, "image/jpeg"), Some(if orientation == 6 { (200, 400) } else { (400, 200) }));
        assert_eq!(strip(&after, "image/jpeg").unwrap(), after);
    }
}

#[test]
fn a_png_loses_its_texts() {
    let plain = picture(40, 20, ImageFormat::Png);
    let mut before = plain[..33].to_vec();
    for kind in [b"tEXt", b"iTXt", b"eXIf", b"tIME", b"prVt"] {
        let content = if kind == b"eXIf" { exif(8) } else { PLACE.to_vec() };
        before.extend_from_slice(&(content.len() as u32).to_be_bytes());
        let mut chunk = kind.to_vec();
        chunk.extend_from_slice(&content);
        before.extend_from_slice(&chunk);
        before.extend_from_slice(&crc(&chunk).to_be_bytes());
    }
    before.extend_from_slice(&plain[33..]);
    before.extend_from_slice(PLACE);
    let after = strip(&before, "image/png").unwrap();
    assert!(!holds(&after, PLACE) && !holds(&after, b"tEXt") && !holds(&after, b"prVt"));
    assert_eq!(pixels(&before), pixels(&after));
    assert_eq!(size(&after, "image/png"), Some((20, 40)), "turned as before");
    assert_eq!(strip(&plain, "image/png").unwrap(), plain);
}

/// The checksum of PNG once more, with a table.
fn crc(bytes: &[u8]) -> u32 {
    let table: Vec<u32> =
        (0..256_u32).map(|n| (0..8).fold(n, |c, _| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 })).collect();
    !bytes.iter().fold(!0, |c, b| table[((c ^ u32::from(*b)) & 0xff) as usize] ^ (c >> 8))
}

#[test]
fn a_webp_loses_its_exif_and_xmp() {
    let plain = picture(40, 20, ImageFormat::WebP);
    let mut before = plain[..12].to_vec();
    before.extend_from_slice(b"VP8X\x0a\0\0\0\x0c\0\0\0\x27\0\0\x13\0\0");
    before.extend_from_slice(&plain[12..]);
    for (kind, content) in [(b"EXIF", exif(6)), (b"XMP ", PLACE.to_vec()), (b"hmm ", PLACE.to_vec())] {
        before.extend_from_slice(kind);
        before.extend_from_slice(&(content.len() as u32).to_le_bytes());
        before.extend_from_slice(&content);
        before.extend(std::iter::repeat_n(0, content.len() % 2));
    }
    let length = (before.len() - 8) as u32;
    before[4..8].copy_from_slice(&length.to_le_bytes());
    let after = strip(&before, "image/webp").unwrap();
    assert!(!holds(&after, PLACE) && !holds(&after, b"XMP ") && holds(&after, b"EXIF"));
    assert_eq!(pixels(&before), pixels(&after));
    assert_eq!(size(&after, "image/webp"), Some((20, 40)));
    assert_eq!(strip(&plain, "image/webp").unwrap(), plain);
}

#[test]
fn a_gif_loses_comments_and_what_programs_add() {
    let plain = picture(40, 20, ImageFormat::Gif);
    let image = plain.windows(2).position(|w| w[0] == 0x21 || w[0] == 0x2c).unwrap();
    let mut before = plain[..image].to_vec();
    for block in [&b"\x21\xfe"[..], b"\x21\xff\x0bXMP DataXMP"] {
        before.extend_from_slice(block);
        before.push(PLACE.len() as u8);
        before.extend_from_slice(PLACE);
        before.push(0);
    }
    before.extend_from_slice(&plain[image..]);
    let after = strip(&before, "image/gif").unwrap();
    assert!(holds(&before, PLACE) && !holds(&after, PLACE) && !holds(&after, b"XMP"));
    assert_eq!(pixels(&before), pixels(&after));
    assert_eq!(strip(&plain, "image/gif").unwrap(), plain);
    let turning = [&plain[..image], b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0", &plain[image..]].concat();
    assert_eq!(strip(&turning, "image/gif").unwrap(), turning, "how often it turns is kept");
}

/// A box of a HEIC.
fn part(kind: &[u8; 4], content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    [&(content.len() as u32 + 8).to_be_bytes()[..], kind, &content].concat()
}

/// As phones write it: pixels, Exif in the file, XMP in the data inside, and the maker's own box.
fn heic() -> Vec<u8> {
    let info = |id: u8, kind: &[u8; 4]| part(b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0], kind, b"\0"]);
    let infos = part(b"iinf", &[&[0, 0, 0, 0, 0, 3], &info(1, b"hvc1"), &info(2, b"Exif"), &info(3, b"mime")]);
    let data = part(b"idat", &[PLACE]);
    let place = |id: u8, from: u8, offset: usize, length: usize| {
        let (offset, length) = (offset as u32, length as u32);
        [&[0, id, 0, from, 0, 0, 0, 1][..], &offset.to_be_bytes(), &length.to_be_bytes()].concat()
    };
    let exif = exif(6);
    let whole = |at: usize| {
        let pixels = place(1, 0, at, 6);
        let told = place(2, 0, at + 6, exif.len());
        let more = place(3, 1, 0, PLACE.len());
        let places = part(b"iloc", &[&[1, 0, 0, 0, 0x44, 0, 0, 3], &pixels, &told, &more]);
        let meta = part(b"meta", &[&[0; 4], &infos, &places, &data]);
        [part(b"ftyp", &[b"heic\0\0\0\0mif1heic"]), meta, part(b"uuid", &[&[7; 16], PLACE])].concat()
    };
    // Where the pixels begin is known when all before them is.
    let begin = whole(0).len() + 8;
    [whole(begin), part(b"mdat", &[b"pixels", &exif])].concat()
}

#[test]
fn a_heic_is_written_over_where_it_tells_a_place() {
    let before = heic();
    assert!(holds(&before, PLACE) && holds(&before, &exif(6)));
    for kind in ["image/heif", "image/avif"] {
        let after = strip(&before, kind).unwrap();
        assert!(!holds(&after, PLACE) && !holds(&after, &exif(6)) && holds(&after, b"pixels"), "{kind}");
        assert!(holds(&after, b"\0\0\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"), "Exif that says nothing");
        assert_eq!(strip(&after, kind), Some(after.clone()));
        assert_eq!(after.len(), before.len(), "nothing moves");
    }
    for cut in 0..before.len() {
        // Whatever is missing, nothing breaks; and nothing that tells a place comes through.
        if let Some(after) = strip(&before[..cut], "image/heif") {
            assert!(!holds(&after, PLACE), "cut at {cut}");
        }
    }
}

/// As cameras write it: a picture whose list names its maker, when and where it was taken, and a smaller one of it.
fn tiff(is_little: bool) -> Vec<u8> {
    let short = |n: u16| if is_little { n.to_le_bytes() } else { n.to_be_bytes() };
    let long = |n: usize| if is_little { (n as u32).to_le_bytes() } else { (n as u32).to_be_bytes() };
    let field = |tag: u16, kind: u16, count: usize, value: usize| {
        let value = if kind == 3 { [short(value as u16), [0; 2]].concat() } else { long(value).to_vec() };
        [&short(tag)[..], &short(kind), &long(count), &value].concat()
    };
    let list =
        |fields: &[Vec<u8>], next: usize| [&short(fields.len() as u16)[..], &fields.concat(), &long(next)].concat();
    let place = PLACE.len();
    let whole = |at: [usize; 6]| {
        let [pixels, told, exif, gps, common, small] = at;
        let head = [if is_little { &b"II*\0"[..] } else { b"MM\0*" }, &long(8)].concat();
        let first = list(
            &[
                field(256, 3, 1, 3),
                field(257, 3, 1, 2),
                field(262, 3, 1, 1),
                field(271, 2, place, told),
                field(273, 4, 1, pixels),
                field(274, 3, 1, 6),
                field(279, 4, 1, 6),
                field(330, 4, 1, small),
                field(700, 1, place, told + place),
                field(34665, 4, 1, exif),
                field(34853, 4, 1, gps),
            ],
            0,
        );
        let exif = list(&[field(36867, 2, place, told + 2 * place), field(40965, 4, 1, common)], 0);
        let gps = list(&[field(1, 2, 2, 78), field(2, 7, place, told + 3 * place)], 0);
        let common = list(&[field(1, 2, place, told + 4 * place)], 0);
        let small = list(
            &[
                field(262, 3, 1, 1),
                field(273, 4, 1, pixels),
                field(279, 4, 1, 6),
                field(306, 2, place, told + 5 * place),
            ],
            0,
        );
        // The last place is named by nothing.
        [head, first, b"pixels".to_vec(), PLACE.repeat(7), exif, gps, common, small]
    };
    // Where the parts are is known when all of them are.
    let mut at = 0;
    let ends = whole([0; 6]).map(|part| {
        at += part.len();
        at
    });
    whole([ends[1], ends[2], ends[3], ends[4], ends[5], ends[6]]).concat()
}

#[test]
fn a_tiff_keeps_what_draws_it() {
    for is_little in [true, false] {
        let before = tiff(is_little);
        let after = strip(&before, "image/tiff").unwrap();
        assert!(holds(&before, PLACE) && !holds(&after, PLACE) && holds(&after, b"pixels"));
        assert_eq!(after.len(), before.len(), "nothing moves");
        assert_eq!(strip(&after, "image/tiff"), Some(after.clone()), "nothing is left to be taken out");
        let tags: Vec<u16> = (0..7)
            .map(|n| [after[10 + n * 12], after[11 + n * 12]])
            .map(|tag| if is_little { u16::from_le_bytes(tag) } else { u16::from_be_bytes(tag) })
            .collect();
        assert_eq!(tags, [256, 257, 262, 273, 274, 279, 330]);
        assert_eq!(after[8..10], if is_little { [7, 0] } else { [0, 7] });
        for cut in 0..before.len() {
            if let Some(after) = strip(&before[..cut], "image/tiff") {
                assert!(!holds(&after, PLACE), "cut at {cut}");
            }
        }
    }
    assert!(has_metadata(&tiff(true)) && has_metadata(&tiff(false)), "one that is broken is not kept");
}

#[test]
fn a_tiff_of_lists_in_lists_comes_to_an_end() {
    // A place that is named in its own list, many times.
    for count in [1_u32, 100_000] {
        let mut trap = b"II*\0\x08\0\0\0".to_vec();
        trap.extend_from_slice(&30_000_u16.to_le_bytes());
        for _ in 0..30_000 {
            trap.extend_from_slice(b"\x4a\x01\x04\0");
            trap.extend_from_slice(&count.to_le_bytes());
            trap.extend_from_slice(b"\x08\0\0\0");
        }
        trap.extend_from_slice(&[0; 4]);
        trap.resize(1_000_000, 8);
        assert_eq!(strip(&trap, "image/tiff").is_some(), count == 1, "{count}");
    }
    let nothing = b"II*\0\x08\0\0\0\0\0\x08\0\0\0";
    assert_eq!(strip(nothing, "image/tiff").as_deref(), Some(nothing.as_slice()), "one that names itself");
    assert_eq!(strip(b"II*\0\0\0\0\0GPS", "image/tiff"), None, "one that has no list");
}

#[test]
fn a_tiff_that_holds_more_than_a_picture_is_refused() {
    // Pixels that are a JPEG with Exif, pixels of a sensor, and pixels of which nobody says how many there are.
    let whole = tiff(true);
    let at = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|w| w == what).unwrap();
    let pixels = at(&whole, b"pixels");
    let mut jpeg = whole.clone();
    jpeg[pixels..pixels + 6].copy_from_slice(b"\xff\xd8Exif");
    assert!(strip(&jpeg, "image/tiff").is_some(), "no mark of Exif yet");
    let length = at(&jpeg, b"\x17\x01\x04\0") + 8;
    jpeg[length] = 60;
    jpeg[pixels + 6] = 0;
    assert_eq!(strip(&jpeg, "image/tiff"), None);
    let mut raw = whole.clone();
    let colours = at(&raw, b"\x06\x01\x03\0") + 8;
    raw[colours..colours + 2].copy_from_slice(&32803_u16.to_le_bytes());
    assert_eq!(strip(&raw, "image/tiff"), None);
    let mut endless = whole.clone();
    endless[length - 8] = 0xff;
    assert_eq!(strip(&endless, "image/tiff"), None);
    assert!(strip(&whole, "image/tiff").is_some());
    // Large ones, and raw pictures that have a name of their own: nobody can tell what is in them.
    for (bytes, kind) in [(b"II+\0\x08\0\0\0", "image/tiff"), (b"II*\0\x10\0\0\0", "image/x-canon-cr2")] {
        assert!(strip(bytes, kind).is_none() && has_metadata(bytes) && crate::kind::tells_places(kind), "{kind}");
    }
}

#[test]
fn what_many_name_is_written_over_once() {
    let whole = Bytes::from_static(b"abcdefgh");
    let zeros = |stretches: &[Range<usize>]| {
        let stretches = stretches.iter().map(|stretch| (stretch.clone(), None)).collect();
        Some(parts::Parts::over(8, stretches)?.of(&whole)?.concat())
    };
    assert_eq!(zeros(&[4..6, 1..3, 2..3, 1..2, 2..5]).unwrap(), b"a\0\0\0\0\0gh");
    assert_eq!(zeros(&[]).unwrap(), b"abcdefgh");
    assert_eq!(zeros(&[0..1, 7..9]), None);
    let over = |stretches| Some(parts::Parts::over(8, stretches)?.of(&whole)?.concat());
    assert_eq!(over(vec![(2..5, None), (2..4, Some(b"XY".to_vec()))]).unwrap(), b"abXY\0fgh");
    assert_eq!(over(vec![(1..4, None), (2..4, Some(b"XY".to_vec()))]), None);
    // Many items, each of the whole file.
    assert!(parts::Parts::over(10_000_000, vec![(0..10_000_000, None); 100_000]).is_some());
}

#[test]
fn what_is_kept_is_not_copied_but_for_small_pieces() {
    let plain = picture(400, 200, ImageFormat::Jpeg);
    let pixels = plain.len() - 700;
    let before = Bytes::from(phone(6));
    let range = before.as_ptr_range();
    let parts = parts_of(&before, "image/jpeg").unwrap();
    let kept: usize = parts.iter().filter(|part| range.contains(&part.as_ptr())).map(Bytes::len).sum();
    assert!(kept > pixels && parts.len() == 2, "{kept} of {pixels} in {} parts", parts.len());
    // Comments between pictures of one pixel: each makes a part.
    let of = |count: usize| {
        [b"GIF89a\x01\0\x01\0\0\0\0".to_vec(), b"\x21\xf9\0\x21\xfe\0".repeat(count), b";".to_vec()].concat()
    };
    let few = parts_of(&of(1_000).into(), "image/gif").unwrap();
    assert_eq!((few.len(), few[0].len()), (1, 13 + 3_000 + 1));
    assert_eq!(parts_of(&of(200_000).into(), "image/gif"), None);
}

#[test]
fn a_picture_has_its_size_however_much_was_in_front() {
    let plain = picture(400, 200, ImageFormat::Jpeg);
    let much = segment(0xe1, &vec![b'x'; 60_000]).repeat(40);
    let before = Bytes::from([&plain[..2], &much, &plain[2..]].concat());
    assert_eq!(size(&before, "image/jpeg"), None);
    assert_eq!(size_of(&parts_of(&before, "image/jpeg").unwrap(), "image/jpeg"), Some((400, 200)));
    for (bytes, kind) in WHOLE.iter() {
        let whole = Bytes::from(bytes.clone());
        let parts: Vec<Bytes> =
            (0..whole.len()).step_by(100).map(|at| whole.slice(at..whole.len().min(at + 100))).collect();
        assert_eq!(size_of(&parts, kind), size(&whole, kind), "{kind}");
    }
}

#[test]
fn a_webp_that_says_it_is_empty_is_refused() {
    let mut webp = picture(40, 20, ImageFormat::WebP);
    webp[4..8].fill(0);
    assert_eq!(strip(&webp, "image/webp"), None);
}

#[test]
fn a_heic_loses_what_stands_beside_its_items() {
    let times = [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9];
    let track = part(b"trak", &[&part(b"tkhd", &[&times]), &part(b"mdia", &[&part(b"mdhd", &[&times])])]);
    let film = part(b"moov", &[&part(b"mvhd", &[&times]), &track, &part(b"udta", &[PLACE])]);
    let before = [heic(), part(b"mpvd", &[PLACE]), part(b"sefd", &[PLACE]), film].concat();
    let after = strip(&before, "image/heif").unwrap();
    assert!(!holds(&after, PLACE) && !holds(&after, &[1, 2, 3, 4, 5, 6, 7, 8]) && holds(&after, &[9, 9, 9, 9]));
    assert_eq!(after.len(), before.len());
    // Boxes in boxes, as deep as there is room.
    let deep = (0..1000).fold(Vec::new(), |inner: Vec<u8>, _| part(b"trak", &[&inner]));
    assert_eq!(strip(&[heic(), part(b"moov", &[&deep])].concat(), "image/heif"), None);
}

#[test]
fn a_heic_of_items_without_bytes_comes_to_an_end() {
    let info = part(b"infe", &[b"\x02\0\0\0\0\x01\0\0Exif\0"]);
    let infos = part(b"iinf", &[b"\0\0\0\0\0\x01", &info]);
    let item = b"\0\x01\0\x01\0\0\xff\xff".repeat(0xffff);
    let places = part(b"iloc", &[b"\x01\0\0\0\0\0\xff\xff", &item]);
    let meta = part(b"meta", &[&[0; 4], &infos, &places, &part(b"idat", &[b"x"])]);
    assert_eq!(strip(&[part(b"ftyp", &[b"heic"]), meta].concat(), "image/heif"), None);
}

#[test]
fn thumbnails_fit_and_stand_upright() {
    for (format, kind) in [
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::Png, "image/png"),
        (ImageFormat::WebP, "image/webp"),
        (ImageFormat::Gif, "image/gif"),
    ] {
        for (width, height, fits) in
            [(1200, 600, (300, 150)), (600, 1200, (113, 225)), (300, 225, (300, 225)), (7, 5, (7, 5))]
        {
            let small = thumbnail(&picture(width, height, format), kind).unwrap();
            assert_eq!(size(&small, kind), Some(fits), "{kind} {width}×{height}");
        }
    }
    let small = thumbnail(&phone(6), "image/jpeg").unwrap();
    assert_eq!(size(&small, "image/jpeg"), Some((113, 225)));
    assert!(!holds(&small, b"Exif"));
}

#[test]
fn a_large_jpeg_is_decoded_small_and_looks_the_same() {
    for (width, height) in [(1200, 600), (4000, 3000), (3001, 1999), (600, 1201)] {
        // Without edges, which are smoothed here and there in another way.
        let shade = |at: u32, of: u32| u8::try_from(at * 255 / of).unwrap();
        let image = RgbImage::from_fn(width, height, |x, y| image::Rgb([shade(x, width), shade(y, height), 99]));
        let mut picture = Vec::new();
        DynamicImage::from(image).write_to(&mut Cursor::new(&mut picture), ImageFormat::Jpeg).unwrap();
        let scaled = scaled(&picture, "image/jpeg", THUMBNAIL).unwrap();
        let whole = image::load_from_memory(&picture).unwrap();
        assert!(scaled.width() >= 300 || scaled.height() >= 225, "{width} × {height}");
        assert!(scaled.width() <= width / 2 && scaled.height() <= height.div_ceil(2), "{width} × {height}");
        let (a, b) = (scaled.thumbnail_exact(30, 20).to_rgb8(), whole.thumbnail_exact(30, 20).to_rgb8());
        let apart = a.pixels().zip(b.pixels()).flat_map(|(a, b)| (0..3).map(|i| a.0[i].abs_diff(b.0[i]))).max();
        assert!(apart.unwrap() < 12, "{width} × {height}: {apart:?} apart");
    }
    assert!(scaled(&picture(1200, 600, ImageFormat::Png), "image/png", THUMBNAIL).is_none());
}

#[test]
fn a_bomb_is_not_decoded() {
    let bomb = crate::testing::bomb();
    assert!(bomb.len() < 1000);
    assert_eq!(size(&bomb, "image/png"), Some((100_000, 100_000)));
    assert_eq!(thumbnail(&bomb, "image/png"), None);
}

#[test]
fn what_is_no_picture_has_no_size() {
    for kind in ["image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "text/plain"] {
        assert_eq!(size(b"hello", kind), None);
        assert_eq!(thumbnail(b"hello", kind), None);
        assert_eq!(strip(b"hello", kind), None);
    }
}

/// Pictures to be broken; making them takes longer than breaking them.
static WHOLE: LazyLock<[(Vec<u8>, &str); 4]> = LazyLock::new(|| {
    [
        (phone(6), "image/jpeg"),
        (picture(40, 20, ImageFormat::Png), "image/png"),
        (picture(40, 20, ImageFormat::WebP), "image/webp"),
        (picture(40, 20, ImageFormat::Gif), "image/gif"),
    ]
});

proptest! {
    #[test]
    fn broken_pictures_break_nothing(at in 0_usize..9000, byte in any::<u8>(), cut in 0_usize..9000) {
        for (bytes, kind) in WHOLE.iter() {
            let mut bytes = bytes.clone();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(bytes.len() - cut % bytes.len());
            if let Some(stripped) = strip(&bytes, kind) {
                // What it leaves can be taken apart again, and nothing is left to be taken out.
                prop_assert_eq!(strip(&stripped, kind), Some(stripped));
            }
        }
    }

    #[test]
    fn a_broken_tiff_breaks_nothing(at in 0_usize..9000, bytes in prop::array::uniform4(any::<u8>())) {
        let mut tiff = tiff(true);
        let at = at % (tiff.len() - 4);
        tiff[at..at + 4].copy_from_slice(&bytes);
        let length = tiff.len();
        prop_assert!(strip(&tiff, "image/tiff").is_none_or(|after| after.len() == length));
    }

    #[test]
    fn a_broken_heic_breaks_nothing(at in 0_usize..9000, bytes in prop::array::uniform4(any::<u8>())) {
        let mut heic = heic();
        let at = at % (heic.len() - 4);
        heic[at..at + 4].copy_from_slice(&bytes);
        let length = heic.len();
        prop_assert!(strip(&heic, "image/heif").is_none_or(|after| after.len() == length));
    }
}
