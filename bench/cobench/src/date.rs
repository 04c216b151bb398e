//! UTC dates from unix seconds, in the three shapes that requests carry.

/// (year, month, day, hour, minute, second, weekday with 0 = Sunday)
pub fn civil(t: u64) -> (i64, u32, u32, u32, u32, u32, u32) {
    let days = (t / 86400) as i64;
    let s = (t % 86400) as u32;
    let z = days + 719468;
    let era = z.div_euclid(146097);
    let doe = z.rem_euclid(146097);
    let yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let d = (doy - (153 * mp + 2) / 5 + 1) as u32;
    let m = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
    let y = yoe + era * 400 + if m <= 2 { 1 } else { 0 };
    (y, m, d, s / 3600, s / 60 % 60, s % 60, ((days + 4) % 7) as u32)
}

/// `Mon, 23 Nov 2026 08:00:00 GMT`
pub fn http(t: u64) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (y, m, d, hh, mm, ss, wd) = civil(t);
    format!("{}, {d:02} {} {y:04} {hh:02}:{mm:02}:{ss:02} GMT", DAYS[wd as usize], MONTHS[m as usize - 1])
}

/// (`20261123`, `20261123T080000Z`)
pub fn day_and_stamp(t: u64) -> (String, String) {
    let (y, m, d, hh, mm, ss, _) = civil(t);
    let day = format!("{y:04}{m:02}{d:02}");
    let stamp = format!("{day}T{hh:02}{mm:02}{ss:02}Z");
    (day, stamp)
}

pub fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
