//! WebPs whose frames claim more than the picture.

use pictures::Fault;

use super::prepare;

fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [&name[..], &(data.len() as u32).to_le_bytes(), data].concat()
}

/// A lossy picture that claims to be as large as can be, without pixels.
fn huge() -> Vec<u8> {
    let head = [0x10, 0, 0, 0x9D, 0x01, 0x2A, 0xFF, 0x3F, 0xFF, 0x3F];
    chunk(b"VP8 ", &head)
}

#[test]
fn a_frame_larger_than_its_picture_is_not_decoded() {
    let frame = [&[0; 16][..], &huge()].concat();
    let animation = [chunk(b"ANIM", &[0; 6]), chunk(b"ANMF", &frame)].concat();
    for (flags, chunks) in [(0, huge()), (2, animation)] {
        // 64 x 64, less one in 24 bits each.
        let header = chunk(b"VP8X", &[flags, 0, 0, 0, 63, 0, 0, 63, 0, 0]);
        let body = [b"WEBP".to_vec(), header, chunks].concat();
        let refused = prepare(&chunk(b"RIFF", &body));
        let expected = Fault::Broken("a frame in it is larger than itself".to_owned());
        assert_eq!(refused.err(), Some(expected));
    }
}
