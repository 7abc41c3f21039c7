//! WebPs, chunk by chunk.

use std::io::{ErrorKind, Read, Result, Seek, SeekFrom, Write};

use super::{broken, copy, only_orientation, skip};

const NEEDED: [&[u8; 4]; 7] = [
    b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP",
];

/// In the flags of `VP8X`.
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;

/// Where the flags of `VP8X` are, which is the first chunk.
const FLAGS: u64 = 20;

/// `source` begins behind "WEBP" and ends with the file that its length tells.
pub(super) fn strip(mut source: impl Read, sink: &mut (impl Write + Seek)) -> Result<()> {
    let begin = sink.stream_position()?;
    sink.write_all(b"RIFF\0\0\0\0WEBP")?;
    let (mut flags, mut exif) = (None, None);
    while let Some((name, bytes)) = next(&mut source)? {
        let padded = bytes + bytes % 2;
        match &name {
            b"EXIF" => {
                exif = only_orientation(&mut source, bytes)?;
                skip(&mut source, padded - bytes)?;
            }
            b"VP8X" if flags.is_none() && bytes >= 1 => {
                let [first] = super::take(&mut source)?;
                flags = Some(first & !(HAS_EXIF | HAS_XMP));
                head(&name, bytes, sink)?;
                sink.write_all(&[first & !(HAS_EXIF | HAS_XMP)])?;
                copy(&mut source, sink, padded - 1)?;
            }
            needed if NEEDED.contains(&needed) => {
                head(&name, bytes, sink)?;
                copy(&mut source, sink, padded)?;
            }
            _ => skip(&mut source, padded)?,
        }
    }
    if let (Some(flags), Some(exif)) = (flags, exif) {
        head(b"EXIF", exif.len() as u64, sink)?;
        sink.write_all(&exif)?;
        sink.seek(SeekFrom::Start(begin + FLAGS))?;
        sink.write_all(&[flags | HAS_EXIF])?;
    }
    let end = sink.seek(SeekFrom::End(0))?;
    let length = u32::try_from(end - begin - 8).map_err(|_| broken("it is too long"))?;
    sink.seek(SeekFrom::Start(begin + 4))?;
    sink.write_all(&length.to_le_bytes())?;
    sink.seek(SeekFrom::End(0)).map(|_| ())
}

/// Name and length of the next chunk; none at the end.
fn next(source: &mut impl Read) -> Result<Option<([u8; 4], u64)>> {
    let mut head = [0; 8];
    match source.read_exact(&mut head) {
        Err(why) if why.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(why) => Err(why),
        Ok(()) => {
            let [a, b, c, d, rest @ ..] = head;
            Ok(Some(([a, b, c, d], u64::from(u32::from_le_bytes(rest)))))
        }
    }
}

fn head(name: &[u8; 4], bytes: u64, sink: &mut impl Write) -> Result<()> {
    sink.write_all(name)?;
    sink.write_all(&u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes())
}
