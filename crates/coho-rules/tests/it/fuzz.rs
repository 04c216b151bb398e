//! Fuzzing with fixed seeds over the stored corpus: every configuration and request yields a decision that is safe to
//! send. Covers valid documents and invalid ones, since a stored document may be older than a check.

use crate::{
    notation::{play, request, website, world},
    properties::assert_sound,
    random::Random,
};
use coho_rules::{DecisionTrace, NoTrace, OwnEndpoints, lint, not_executed};
use std::{fs, path::Path};

/// Number of mutations of each corpus file.
const ROUNDS: u64 = 15_000;
/// Words that random bytes would hardly form.
const WORDS: [&str; 26] = [
    "Mirror",
    "External",
    "AliCDN",
    "Internal",
    "url=http://o/",
    "prefix=",
    "suffix=",
    "code=404",
    "code=403",
    "with=",
    "key=${key}",
    "cut",
    "query",
    "host=n.test",
    "%0D%0A",
    "%00",
    "../",
    "subdir",
    "type=2",
    "error=",
    "index=",
    "; 7 ",
    "header=x",
    "origin404",
    "signed",
    "!403",
];

fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// One input: a configuration, a request and the stored objects, separated by lines of dashes.
fn decide_anything(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut parts = text.split("---\n");
    let site = website(parts.next().unwrap_or_default());
    let asked = request(parts.next().unwrap_or_default());
    let stored = world(parts.next().unwrap_or_default());
    let decision = play(&site, asked.borrowed(), &stored, NoTrace);
    assert_sound(&decision, &asked);
    let mut trace = DecisionTrace::default();
    assert_eq!(play(&site, asked.borrowed(), &stored, &mut trace), decision);
    assert!(!trace.to_string().is_empty());
    if site.validate().is_ok() {
        let own = OwnEndpoints { bucket: Some("b"), base_domains: &["oss.test"], hosts: &["127.0.0.1:9000"] };
        for finding in lint(&site, &own) {
            assert!(!finding.to_string().is_empty());
        }
        site.routing_rules.iter().for_each(|rule| assert!(not_executed(rule).is_none_or(|it| !it.0.is_empty())));
    }
}

fn mutate(input: &mut Vec<u8>, others: &[Vec<u8>], random: &mut Random) {
    for _ in 0..=random.below(4) {
        let at = random.below(input.len() + 1);
        match random.below(6) {
            0 if at < input.len() => input[at] = random.next() as u8,
            1 if at < input.len() => drop(input.remove(at)),
            2 => {
                let word = random.pick(&WORDS).bytes().chain([b' ']);
                input.splice(at..at, word);
            }
            3 => {
                let end = (at + random.below(16)).min(input.len());
                input.drain(at..end);
            }
            4 => {
                let end = (at + random.below(32)).min(input.len());
                let again = input[at..end].to_vec();
                input.splice(at..at, again);
            }
            _ => {
                let other = &others[random.below(others.len())];
                let from = random.below(other.len() + 1);
                let end = (from + random.below(48)).min(other.len());
                input.splice(at..at, other[from..end].iter().copied());
            }
        }
    }
}

#[test]
fn every_file_of_the_corpus_and_its_mutations_have_a_decision() {
    let corpus = corpus();
    assert!(corpus.len() >= 10, "the corpus is not found");
    for (index, file) in corpus.iter().enumerate() {
        decide_anything(file);
        for round in 0..ROUNDS {
            let mut random = Random::new((index as u64) << 32 | round);
            let mut input = file.clone();
            mutate(&mut input, &corpus, &mut random);
            let shown = String::from_utf8_lossy(&input).into_owned();
            let outcome = std::panic::catch_unwind(|| decide_anything(&input));
            assert!(outcome.is_ok(), "file {index}, round {round}: {shown}");
        }
    }
}
