//! A process gives up everything it will not need: files, network, other processes, memory, time.
//!
//! Each layer alone would do; a hole in one of them is closed by the next. There is no switch that
//! leaves one out, and a machine that lacks one gets no worker.

use std::collections::BTreeMap;

use landlock::{ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetStatus, Scope};
use rustix::{
    process::{DumpableBehavior, Gid, Resource, Rlimit, Signal, Uid, getrlimit, getuid, setrlimit},
    thread::{CapabilitySet, CapabilitySets},
};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen::Dword, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};

/// What a worker may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Bytes of memory, besides the program itself.
    pub memory_bytes: u64,
    /// Seconds of processor time.
    pub cpu_seconds: u32,
}

/// Who a worker of root becomes.
const NOBODY: u32 = 65_534;

/// Gives everything up, for good. What is left: reading from standard input, writing to standard
/// output and error, memory within the allowance, the clock, and ending.
///
/// To be called while the process has one thread.
///
/// # Errors
/// Says, in English, which layer this machine does not have.
pub fn confine(allowance: Allowance) -> Result<(), String> {
    lone()?;
    std::env::set_current_dir("/").map_err(|cause| format!("working directory: {cause}"))?;
    limit(allowance)?;
    drop_rights()?;
    no_files()?;
    // After the ruleset is made: that takes a file descriptor.
    set(Resource::Nofile, 0)?;
    only_calls()
}

/// A filter binds the thread that sets it, and descriptors that were inherited stay open.
fn lone() -> Result<(), String> {
    let status = std::fs::read_to_string("/proc/self/status").map_err(|cause| format!("/proc: {cause}"))?;
    if !status.lines().any(|line| line.strip_prefix("Threads:").is_some_and(|count| count.trim() == "1")) {
        return Err("threads: there is more than one".to_owned());
    }
    let open = std::fs::read_dir("/proc/self/fd").map_err(|cause| format!("/proc: {cause}"))?;
    let inherited = open.flatten().filter(|entry| {
        // The folder that is being read is one of them, and points to itself.
        let number = entry.file_name().to_string_lossy().parse::<u32>().unwrap_or(u32::MAX);
        let itself = std::fs::read_link(entry.path()).is_ok_and(|to| to.starts_with("/proc") && to.ends_with("fd"));
        number > 2 && !itself
    });
    match inherited.count() {
        0 => Ok(()),
        count => Err(format!("descriptors: {count} were inherited")),
    }
}

/// Lowers a limit; one that is lower already stays.
fn set(resource: Resource, value: u64) -> Result<(), String> {
    let value = getrlimit(resource).maximum.map_or(value, |most| most.min(value));
    setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) }).map_err(|cause| format!("limit {resource:?}: {cause}"))
}

fn limit(allowance: Allowance) -> Result<(), String> {
    // The program's own pages count too.
    let pages = std::fs::read_to_string("/proc/self/statm").map_err(|cause| format!("/proc: {cause}"))?;
    let pages: u64 = pages.split(' ').next().and_then(|size| size.parse().ok()).ok_or("/proc: no size")?;
    let own = pages.saturating_mul(rustix::param::page_size() as u64);
    set(Resource::As, own.saturating_add(allowance.memory_bytes))?;
    // A first limit that says why it ends the process, and a second behind it.
    let seconds = u64::from(allowance.cpu_seconds);
    set(Resource::Cpu, seconds.saturating_add(1))?;
    let hard = getrlimit(Resource::Cpu).maximum;
    let soft = hard.map_or(seconds, |most| most.min(seconds));
    setrlimit(Resource::Cpu, Rlimit { current: Some(soft), maximum: hard }).map_err(|cause| format!("limit Cpu: {cause}"))?;
    for resource in [Resource::Core, Resource::Fsize, Resource::Nproc, Resource::Memlock, Resource::Msgqueue] {
        set(resource, 0)?;
    }
    Ok(())
}

fn drop_rights() -> Result<(), String> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(|cause| format!("death signal: {cause}"))?;
    if getuid().is_root() {
        let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
        rustix::thread::set_thread_groups(&[]).map_err(|cause| format!("groups: {cause}"))?;
        rustix::thread::set_thread_res_gid(group, group, group).map_err(|cause| format!("group: {cause}"))?;
        rustix::thread::set_thread_res_uid(user, user, user).map_err(|cause| format!("user: {cause}"))?;
        // Changing the user forgets this.
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(|cause| format!("death signal: {cause}"))?;
    }
    let none = CapabilitySets { effective: CapabilitySet::empty(), permitted: CapabilitySet::empty(), inheritable: CapabilitySet::empty() };
    rustix::thread::set_capabilities(None, none).map_err(|cause| format!("capabilities: {cause}"))?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|cause| format!("dumpable: {cause}"))?;
    rustix::thread::set_no_new_privs(true).map_err(|cause| format!("no new privileges: {cause}"))
}

/// Landlock: no path may be opened in any way, no port be bound or connected to, nothing outside be signalled.
///
/// One layer of [`confine`], which is what a worker calls.
///
/// # Errors
/// When this kernel does not have it.
pub fn no_files() -> Result<(), String> {
    let abi = ABI::V6;
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(abi)))
        .and_then(|rules| rules.scope(Scope::from_all(abi)))
        .and_then(Ruleset::create)
        .and_then(landlock::RulesetCreated::restrict_self)
        .map_err(|cause| format!("landlock: {cause}"))?;
    // Older kernels know files only; the filter of calls stands before the rest.
    if status.ruleset == RulesetStatus::NotEnforced {
        return Err("landlock: this kernel does not have it".to_owned());
    }
    Ok(())
}

/// seccomp: any call that is not listed ends the process at once.
fn only_calls() -> Result<(), String> {
    let program = calls().map_err(|cause| format!("seccomp: {cause}"))?;
    seccompiler::apply_filter(&program).map_err(|cause| format!("seccomp: {cause}"))
}

fn calls() -> Result<BpfProgram, seccompiler::BackendError> {
    let condition = |argument, operation, value| SeccompCondition::new(argument, Dword, operation, value);
    let is = |argument, value: u64| condition(argument, SeccompCmpOp::Eq, value);
    let only = |conditions| SeccompRule::new(conditions);
    // Memory never becomes code.
    let no_code = || condition(2, SeccompCmpOp::MaskedEq(bits(libc::PROT_EXEC)), 0);
    let anonymous = condition(3, SeccompCmpOp::MaskedEq(bits(libc::MAP_ANONYMOUS)), bits(libc::MAP_ANONYMOUS))?;
    let own = u64::from(std::process::id());

    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    let freely = [
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_brk,
        libc::SYS_madvise,
        libc::SYS_futex,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_rt_sigreturn,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigaction,
        libc::SYS_sigaltstack,
        libc::SYS_restart_syscall,
        libc::SYS_clock_gettime,
        libc::SYS_getrandom,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_sched_yield,
    ];
    rules.extend(freely.map(|call| (call, Vec::new())));
    rules.insert(libc::SYS_read, vec![only(vec![is(0, 0)?])?]);
    for call in [libc::SYS_write, libc::SYS_writev] {
        rules.insert(call, vec![only(vec![is(0, 1)?])?, only(vec![is(0, 2)?])?]);
    }
    rules.insert(libc::SYS_mmap, vec![only(vec![no_code()?, anonymous])?]);
    rules.insert(libc::SYS_mprotect, vec![only(vec![no_code()?])?]);
    // How a process ends itself by a signal: out of memory, an inner contradiction.
    rules.insert(libc::SYS_tgkill, vec![only(vec![is(0, own)?])?]);

    let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, architecture)?.try_into()
}

/// Bits of a flag, which the C headers call signed.
fn bits(flag: i32) -> u64 {
    u64::from(flag.unsigned_abs())
}
