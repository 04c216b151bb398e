//! What a worker process gives up for good before it reads the first byte of an image: files, network, other programs.

use serde::{Deserialize, Serialize};

/// What the kernel has enforced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxReport {
    /// System calls are limited to those of the list.
    pub seccomp: bool,
    /// Files and network are refused by landlock: `full`, `partial` or `none`.
    pub landlock: String,
}

impl SandboxReport {
    pub fn is_complete(&self) -> bool {
        self.seccomp && self.landlock == "full"
    }
}

#[cfg(not(target_os = "linux"))]
pub fn enter_sandbox() -> Result<SandboxReport, String> {
    Ok(SandboxReport { seccomp: false, landlock: "none".to_owned() })
}

#[cfg(target_os = "linux")]
pub use linux::enter_sandbox;

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;

    use landlock::{ABI, Access, AccessFs, AccessNet, Compatible, Ruleset, RulesetAttr, RulesetStatus};
    use libc::c_long;
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

    use super::SandboxReport;

    /// What memory, threads, the clock and the open sockets need. All else answers `EPERM`.
    const ALLOWED: &[c_long] = &[
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_recvfrom,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_sendto,
        libc::SYS_close,
        libc::SYS_brk,
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_mprotect,
        libc::SYS_madvise,
        libc::SYS_futex,
        libc::SYS_clone,
        libc::SYS_clone3,
        libc::SYS_set_robust_list,
        libc::SYS_rseq,
        libc::SYS_sched_yield,
        libc::SYS_sched_getaffinity,
        libc::SYS_sigaltstack,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_gettid,
        libc::SYS_getpid,
        libc::SYS_tgkill,
        libc::SYS_getrandom,
        libc::SYS_clock_gettime,
        libc::SYS_getrusage,
        libc::SYS_prlimit64,
        libc::SYS_restart_syscall,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];

    pub fn enter_sandbox() -> Result<SandboxReport, String> {
        let landlock = landlock().unwrap_or("none").to_owned();
        let seccomp = seccomp().is_ok();
        Ok(SandboxReport { seccomp, landlock })
    }

    /// No rule allows anything: no file is opened, no port bound or connected to.
    fn landlock() -> Result<&'static str, landlock::RulesetError> {
        let status = Ruleset::default()
            .set_compatibility(landlock::CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(ABI::V5))?
            .handle_access(AccessNet::from_all(ABI::V5))?
            .create()?
            .restrict_self()?;
        Ok(match status.ruleset {
            RulesetStatus::FullyEnforced => "full",
            RulesetStatus::PartiallyEnforced => "partial",
            RulesetStatus::NotEnforced => "none",
        })
    }

    fn seccomp() -> Result<(), Box<dyn std::error::Error>> {
        let arch = TargetArch::try_from(std::env::consts::ARCH)?;
        // The C library falls back to `clone` where `clone3` does not exist, but not where it is forbidden.
        let unknown = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
        let no_such_call = SeccompAction::Errno(libc::ENOSYS as u32);
        install(SeccompFilter::new(unknown, SeccompAction::Allow, no_such_call, arch)?)?;
        let allowed: BTreeMap<i64, _> = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
        let refused = SeccompAction::Errno(libc::EPERM as u32);
        install(SeccompFilter::new(allowed, refused, SeccompAction::Allow, arch)?)?;
        Ok(())
    }

    fn install(filter: SeccompFilter) -> Result<(), Box<dyn std::error::Error>> {
        let program: BpfProgram = filter.try_into()?;
        seccompiler::apply_filter(&program)?;
        Ok(())
    }
}
