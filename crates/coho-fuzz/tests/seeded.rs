//! Every target over its corpus and seeded mutations of it: a failure prints the seed and the input, and comes again.
#![allow(clippy::unwrap_used, reason = "clippy does not take the functions of this binary for tests")]

use coho_fuzz::{FuzzTarget, TARGETS};
use std::{
    collections::BTreeSet,
    env, fs,
    panic::catch_unwind,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Mutations of each target.
const ROUNDS: u64 = 40_000;
/// Longest time for the mutations of one target.
const PATIENCE: Duration = Duration::from_secs(2);
/// Longest time for one input, on a machine that does much else; a parser that needs more is not linear.
const SLOW: Duration = Duration::from_secs(5);
/// Most bytes that a mutation inserts at once.
const MAX_INSERT: usize = 64;
/// More rounds without the limit of time, for a night.
const ROUNDS_VARIABLE: &str = "COHO_FUZZ_ROUNDS";

/// SplitMix64: a seed yields the same choices on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// A piece of the bytes.
fn piece(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let from = random.below(bytes.len() + 1);
    let to = (from + random.below(MAX_INSERT)).min(bytes.len());
    bytes[from..to].to_vec()
}

fn mutate(input: &mut Vec<u8>, other: &[u8], words: &[&str], random: &mut Random) {
    for _ in 0..=random.below(4) {
        let at = random.below(input.len() + 1);
        match random.below(6) {
            0 if at < input.len() => input[at] = random.next() as u8,
            1 => drop(input.drain(at..(at + random.below(MAX_INSERT)).min(input.len()))),
            2 | 3 => drop(input.splice(at..at, words[random.below(words.len())].bytes())),
            4 => drop(input.splice(at..at, piece(other, random))),
            _ => {
                let copy = piece(&input[at..], random);
                input.splice(at..at, copy);
            }
        }
    }
}

fn package() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = package().join("corpus").join(name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn check(target: &FuzzTarget, input: &[u8], what: &str) {
    let began = Instant::now();
    let outcome = catch_unwind(|| (target.run)(input));
    let took = began.elapsed();
    let shown = String::from_utf8_lossy(input);
    assert!(outcome.is_ok(), "{}, {what}: {shown}", target.name);
    assert!(took < SLOW, "{}, {what} took {took:?}: {shown}", target.name);
}

fn run(target: &FuzzTarget) {
    let corpus = corpus(target.name);
    assert!(!corpus.is_empty(), "{} has no corpus", target.name);
    for (number, input) in corpus.iter().enumerate() {
        check(target, input, &format!("file {number}"));
    }
    let wanted = env::var(ROUNDS_VARIABLE).ok().map(|text| text.parse().unwrap());
    let (rounds, began) = (wanted.unwrap_or(ROUNDS), Instant::now());
    for seed in 0..rounds {
        if wanted.is_none() && began.elapsed() > PATIENCE {
            break;
        }
        let mut random = Random(seed);
        let mut input = corpus[random.below(corpus.len())].clone();
        mutate(&mut input, &corpus[random.below(corpus.len())], target.words, &mut random);
        check(target, &input, &format!("seed {seed}"));
    }
}

#[test]
fn every_property_holds_for_the_corpus_and_its_mutations() {
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        for first in 0..threads {
            scope.spawn(move || TARGETS.iter().skip(first).step_by(threads).for_each(run));
        }
    });
}

#[test]
fn every_target_has_a_binary_for_a_fuzzer() {
    let fuzz = package().join("../../fuzz");
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    let names: BTreeSet<&str> = TARGETS.iter().map(|target| target.name).collect();
    let file_name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let files = fs::read_dir(fuzz.join("fuzz_targets")).unwrap();
    let files: BTreeSet<_> = files.map(|entry| file_name(&entry.unwrap().path())).collect();
    assert_eq!(files, names.iter().map(|name| (*name).to_owned()).collect());
    for name in names {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
        let binary = fs::read_to_string(fuzz.join("fuzz_targets").join(format!("{name}.rs"))).unwrap();
        assert!(binary.contains(&format!("coho_fuzz::{name}(input)")), "{name}");
    }
}

#[test]
fn the_corpus_of_each_document_has_one_that_is_accepted() {
    use coho_oss::document::{cors, encryption, lifecycle, policy, referer, website};
    type Accepts = fn(&[u8]) -> bool;
    let accepts: [(&str, Accepts); 6] = [
        ("bucket_policy", |input| policy::parse(input).is_ok()),
        ("cors_xml", |input| cors::parse(input).is_ok()),
        ("encryption_xml", |input| encryption::parse(input).is_ok()),
        ("lifecycle_xml", |input| {
            lifecycle::parse(input, || "id".into()).is_ok_and(|rules| rules.validate(true).is_ok())
        }),
        ("referer_xml", |input| referer::parse(input).is_ok()),
        ("website_xml", |input| website::parse(input).is_ok()),
    ];
    for (name, accepts) in accepts {
        let documents = corpus(name);
        let mut documents = documents.iter().map(|input| input.split(|byte| *byte == 0).next().unwrap());
        assert!(documents.any(accepts), "{name}");
    }
}
