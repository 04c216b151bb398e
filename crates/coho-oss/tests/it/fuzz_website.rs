//! Fuzzes the website document with fixed seeds over the stored corpus: any input is either refused, or yields a
//! configuration that is written and parsed again without a change.
//!
//! `fuzz/` runs the same function under a coverage-guided fuzzer.

use coho_oss::document::website;
use std::{fs, path::Path};

/// Number of mutations of each corpus file.
const ROUNDS: u64 = 30_000;
/// Maximum bytes that a mutation inserts at once.
const MAX_INSERT: usize = 64;

/// The property for any input.
fn parse_anything(input: &[u8]) {
    let Ok(document) = website::parse(input) else { return };
    assert_eq!(document.validate(), Ok(()), "what is parsed is valid");
    let stored = website::to_stored_xml(&document);
    let again = website::parse_stored(&stored).expect("what was written can be read");
    assert_eq!(again, document, "{}", String::from_utf8_lossy(&stored));
    // The form shown to clients has defaults filled in; converting it again changes nothing.
    let shown = website::to_xml(&document);
    let from_shown = website::parse(&shown).expect("what a client is shown may be sent back");
    assert_eq!(website::to_xml(&from_shown), shown);
}

/// A small random generator, so that a failure can be reproduced from its seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

fn mutate(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    const PIECES: [&[u8]; 12] = [
        b"<",
        b">",
        b"</",
        b"&amp;",
        b"&#x0;",
        b"<![CDATA[",
        b"]]>",
        b"<!DOCTYPE a>",
        b"<?x?>",
        b"\xff",
        b"true",
        b"404",
    ];
    for _ in 0..=random.below(3) {
        let at = random.below(input.len() + 1);
        match random.below(5) {
            0 if at < input.len() => input[at] = random.next() as u8,
            1 if at < input.len() => {
                let end = (at + 1 + random.below(MAX_INSERT)).min(input.len());
                input.drain(at..end);
            }
            2 => drop(input.splice(at..at, PIECES[random.below(PIECES.len())].iter().copied())),
            3 => {
                let from = random.below(other.len());
                let to = (from + random.below(MAX_INSERT)).min(other.len());
                input.splice(at..at, other[from..to].iter().copied());
            }
            _ => {
                let end = (at + random.below(MAX_INSERT)).min(input.len());
                let copy = input[at..end].to_vec();
                input.splice(at..at, copy);
            }
        }
    }
}

fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn any_input_is_refused_or_round_trips() {
    let corpus = corpus();
    assert!(corpus.len() >= 5, "the corpus is stored with the test");
    for (number, seed) in corpus.iter().enumerate() {
        website::parse(seed).expect("the corpus is of valid documents");
        parse_anything(seed);
        let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ number as u64);
        for _ in 0..ROUNDS {
            let mut input = seed.clone();
            let other = &corpus[random.below(corpus.len())];
            mutate(&mut input, other, &mut random);
            parse_anything(&input);
        }
    }
}
