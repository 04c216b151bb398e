use super::*;
use crate::Keyring;
use coho_model::Timestamp;
use proptest::prelude::*;

fn key() -> DataKey {
    Keyring::generate(Timestamp::from_unix_ms(0)).unwrap().new_data_key().unwrap().0
}

fn plain(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

#[test]
fn a_body_of_any_length_opens_to_what_was_sealed() {
    let (key, blob) = (key(), BlobId(7));
    for length in [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES, 3 * FRAME_BYTES + 5] {
        let (cipher, body) = (FrameCipher::new(&key, blob).unwrap(), plain(length));
        let stored = cipher.seal_all(&body).unwrap();
        assert_eq!(stored.len() as u64, stored_bytes(length as u64), "{length}");
        assert_eq!(cipher.open_all(&stored, length as u64).unwrap(), body, "{length}");
    }
}

#[test]
fn what_was_cut_changed_exchanged_or_moved_does_not_open() {
    let (key, length) = (key(), 2 * FRAME_BYTES + 10);
    let cipher = FrameCipher::new(&key, BlobId(7)).unwrap();
    let stored = cipher.seal_all(&plain(length)).unwrap();
    let check = |cipher: &FrameCipher, stored: &[u8], length: usize| {
        assert!(matches!(cipher.open_all(stored, length as u64), Err(KeyError::Damaged)), "{length}");
    };
    check(&cipher, &stored[..2 * STORED_FRAME_BYTES], 2 * FRAME_BYTES);
    check(&cipher, &stored[..stored.len() - 1], length);
    let mut exchanged = stored.to_vec();
    exchanged[..2 * STORED_FRAME_BYTES].rotate_left(STORED_FRAME_BYTES);
    check(&cipher, &exchanged, length);
    for at in [0, FRAME_BYTES, STORED_FRAME_BYTES, stored.len() - 1] {
        let mut changed = stored.to_vec();
        changed[at] ^= 1;
        check(&cipher, &changed, length);
    }
    check(&FrameCipher::new(&key, BlobId(8)).unwrap(), &stored, length);
    check(&FrameCipher::new(&self::key(), BlobId(7)).unwrap(), &stored, length);
}

proptest! {
    #[test]
    fn pieces_of_any_size_make_the_frames_of_the_whole(cuts in prop::collection::vec(0..200_000usize, 0..6)) {
        let (key, body) = (key(), plain(200_000));
        let mut cuts = cuts;
        cuts.sort_unstable();
        let mut sealer = BodySealer::new(FrameCipher::new(&key, BlobId(1)).unwrap());
        let (mut stored, mut from) = (Vec::new(), 0);
        for to in cuts.into_iter().chain([body.len()]) {
            stored.extend_from_slice(&sealer.push(&body[from..to]).unwrap());
            from = to;
        }
        stored.extend_from_slice(&sealer.finish().unwrap());
        prop_assert_eq!(&stored[..], &FrameCipher::new(&key, BlobId(1)).unwrap().seal_all(&body).unwrap()[..]);
    }
}
