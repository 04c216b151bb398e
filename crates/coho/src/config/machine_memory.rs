//! How much memory the process may use: that of the machine, or a lower limit of its control group or of the process.

use rustix::process::{Resource, getrlimit};
use std::{fs, path::Path};

/// Taken where nothing says how much there is, in bytes.
const UNKNOWN_BYTES: u64 = 1 << 30;
/// Where the control groups of the second version are.
const CONTROL_GROUPS: &str = "/sys/fs/cgroup";

/// The bytes.
pub(super) fn bytes() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| of_machine(&text));
    let group = fs::read_to_string("/proc/self/cgroup").ok().and_then(|text| of_group(&text));
    let process = getrlimit(Resource::As).current;
    [machine, group, process].into_iter().flatten().min().unwrap_or(UNKNOWN_BYTES)
}

/// Of a line such as `MemTotal:  16314216 kB`.
fn of_machine(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The lowest limit of the process's control group and those above it.
fn of_group(cgroup: &str) -> Option<u64> {
    let own = Path::new(cgroup_path(cgroup)?);
    let limit = |group: &Path| {
        let text = fs::read_to_string(Path::new(CONTROL_GROUPS).join(group).join("memory.max")).ok()?;
        text.trim().parse::<u64>().ok()
    };
    own.ancestors().filter_map(limit).min()
}

/// Of the line `0::/path`, without the first slash.
fn cgroup_path(cgroup: &str) -> Option<&str> {
    cgroup.lines().find_map(|line| line.strip_prefix("0::/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_are_understood() {
        assert_eq!(of_machine("MemFree: 1 kB\nMemTotal:       16314216 kB\n"), Some(16_314_216 * 1024));
        assert_eq!(of_machine("MemTotal: much\n"), None);
        assert_eq!(cgroup_path("1:name=x:/a\n0::/system.slice/coho.service\n"), Some("system.slice/coho.service"));
        assert_eq!(cgroup_path("0::/\n"), Some(""));
        assert_eq!(cgroup_path("4:memory:/a\n"), None);
        assert!(bytes() > 0);
    }
}
