//! The bits of a scan.

use pictures::inside::Bits;

#[test]
fn as_many_bits_as_are_there_can_be_left_out() {
    // A byte for its place, after a stuffed one: so that bytes come one by one, and 64 bits are there.
    let mut data = vec![0xFF, 0];
    data.extend(1..=20);
    for count in [0, 1, 63, 64, 65, 90] {
        let (mut many, mut single) = (Bits::new(&data), Bits::new(&data));
        many.fill();
        assert_eq!(many.have, 64);
        many.drop_many(count);
        for _ in 0..count {
            single.fill();
            single.drop(1);
        }
        // Not both asked for more: 64 bits are no room for it.
        for _ in 0..40 {
            if many.have < 64 {
                many.fill();
            }
            if single.have < 64 {
                single.fill();
            }
            assert_eq!(many.take(1), single.take(1), "behind {count}");
        }
        assert!(!many.overrun());
    }
}
