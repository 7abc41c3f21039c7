//! PNGs, chunk by chunk.

use std::io::{Read, Result, Write};

use super::{copy, only_orientation, skip, take};

/// Chunks that decoders need, of those that a PNG can do without: colours, transparency, the size of a pixel,
/// and the frames of animations.
const NEEDED: [&[u8; 4]; 14] = [
    b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs", b"cICP", b"mDCV",
    b"cLLI", b"acTL", b"fcTL", b"fdAT",
];

/// `source` begins behind the eight bytes of the signature.
pub(super) fn strip(mut source: impl Read, sink: &mut impl Write) -> Result<()> {
    sink.write_all(b"\x89PNG\r\n\x1a\n")?;
    loop {
        let length = take::<4>(&mut source)?;
        let name = take::<4>(&mut source)?;
        let bytes = u64::from(u32::from_be_bytes(length));
        if &name == b"eXIf" {
            let exif = only_orientation(&mut source, bytes)?;
            skip(&mut source, 4)?;
            if let Some(exif) = exif {
                write(&name, &exif, sink)?;
            }
        } else if name[0].is_ascii_uppercase() || NEEDED.contains(&&name) {
            sink.write_all(&length)?;
            sink.write_all(&name)?;
            copy(&mut source, sink, bytes + 4)?;
        } else {
            skip(&mut source, bytes + 4)?;
        }
        if &name == b"IEND" {
            return Ok(());
        }
    }
}

fn write(name: &[u8; 4], data: &[u8], sink: &mut impl Write) -> Result<()> {
    let mut body = name.to_vec();
    body.extend(data);
    sink.write_all(&(data.len() as u32).to_be_bytes())?;
    sink.write_all(&body)?;
    sink.write_all(&crc32fast::hash(&body).to_be_bytes())
}
