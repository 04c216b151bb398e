//! What the load generator and the synthetic origin share: argument parsing, request signing, the test content,
//! the origin's name syntax, response parsing and percentiles. Plain and Linux-only on purpose.
pub mod args;
pub mod content;
pub mod date;
pub mod response;
pub mod sign;
pub mod spec;

/// Nearest-rank percentile of a sorted slice; 0 when it is empty.
pub fn pct(v: &[u32], p: f64) -> u32 {
    if v.is_empty() {
        return 0;
    }
    let i = ((v.len() as f64 * p).ceil() as usize).clamp(1, v.len()) - 1;
    v[i]
}

/// User plus system CPU seconds of this process so far.
pub fn cpu_self() -> f64 {
    // SAFETY: rusage is plain data, for which all zeroes is valid, and getrusage only writes to it.
    unsafe {
        let mut r: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut r);
        (r.ru_utime.tv_sec + r.ru_stime.tv_sec) as f64 + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) as f64 / 1e6
    }
}

/// 64-bit FNV-1a: spreads names, keeps no secret.
pub fn fnv(b: &[u8]) -> u64 {
    b.iter().fold(0xcbf2_9ce4_8422_2325, |h, &x| (h ^ u64::from(x)).wrapping_mul(0x0000_0100_0000_01b3))
}
