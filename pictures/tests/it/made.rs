//! Files made to claim, or to hold, more than they should.

use std::io::Write;

/// Puts a size into the frame header of a JPEG.
pub fn claiming(mut jpeg: Vec<u8>, marker: u8, width: u16, height: u16) -> Vec<u8> {
    let frame = jpeg
        .windows(2)
        .position(|at| at == [0xFF, marker])
        .expect("a frame");
    jpeg[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    jpeg
}

/// A PNG of these chunks after its header; grey, one bit a pixel.
pub fn png_of(width: u32, height: u32, chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([1, 0, 0, 0, 0]);
    let first = [(b"IHDR", header)];
    for (name, data) in first.iter().chain(chunks) {
        file.extend((data.len() as u32).to_be_bytes());
        let mut body = name.to_vec();
        body.extend(data);
        file.extend(&body);
        file.extend(crc32fast::hash(&body).to_be_bytes());
    }
    file
}

/// So many zeros, packed by zlib.
pub fn packed(zeros: usize) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![0; 1 << 16];
    for _ in 0..zeros >> 16 {
        packer.write_all(&block).expect("packed");
    }
    packer.finish().expect("packed")
}
