//! What the system tells about a process: its processor time and memory.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use lotse_runtime::Runtime;

/// How long a process is watched to see whether it still works.
const WATCH: Duration = Duration::from_millis(150);
/// A process counts as quiet below this share of one core.
const QUIET_SHARE: f64 = 0.08;
/// Housekeeping must not keep a bench from ending.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running process.
#[derive(Clone, Copy, Debug)]
pub struct Process(u32);

impl Process {
    /// The workerd below a runtime's Node.js.
    ///
    /// # Errors
    /// When there is none.
    pub fn workerd_of(runtime: &Runtime) -> Result<Self> {
        runtime.workerd_id().map(Self).context("the runtime has no workerd")
    }

    fn read(self, file: &str) -> Result<String> {
        Ok(fs::read_to_string(format!("/proc/{}/{file}", self.0))?)
    }

    /// A numeric field of `stat`, counted as in proc(5) from 1.
    fn stat(self, field: usize) -> Result<u64> {
        let stat = self.read("stat")?;
        let after_name = stat.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
        let value = after_name.split_whitespace().nth(field - 3).context("a field of /proc/…/stat")?;
        Ok(value.parse()?)
    }

    /// Processor time used so far, in seconds.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn cpu_seconds(self) -> Result<f64> {
        let ticks = self.stat(14)? + self.stat(15)?;
        Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
    }

    /// How long it has been running, in seconds, to the hundredth.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn age_seconds(self) -> Result<f64> {
        let up = fs::read_to_string("/proc/uptime")?;
        let up: f64 = up.split_whitespace().next().unwrap_or_default().parse()?;
        Ok(up - self.stat(22)? as f64 / rustix::param::clock_ticks_per_second() as f64)
    }

    /// Memory that it holds, in bytes.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn memory_bytes(self) -> Result<f64> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes * 1024.0)
    }

    /// Waits until it does next to nothing.
    ///
    /// # Errors
    /// When the process has ended.
    pub async fn quiet(self) -> Result<()> {
        let began = Instant::now();
        let mut before = self.cpu_seconds()?;
        while began.elapsed() < PATIENCE {
            tokio::time::sleep(WATCH).await;
            let after = self.cpu_seconds()?;
            if after - before < QUIET_SHARE * WATCH.as_secs_f64() {
                return Ok(());
            }
            before = after;
        }
        Ok(())
    }
}
