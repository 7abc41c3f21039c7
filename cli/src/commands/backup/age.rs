//! Encryption by the program `age`, in its published format: what it has written can be opened without Symancy.

use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::failure::Failure;

/// The program that encrypts for this public key.
pub(super) fn sealing(recipient: &str) -> Command {
    let mut command = age();
    command.args(["--encrypt", "--recipient", recipient]);
    command
}

/// The program that decrypts by the key in this file.
pub(super) fn opening(key_file: &str) -> Command {
    let mut command = age();
    command.args(["--decrypt", "--identity", key_file]);
    command
}

fn age() -> Command {
    let mut command = Command::new("age");
    command.kill_on_drop(true);
    command
}

/// Starts a program of these.
pub(super) fn start(command: &mut Command) -> Result<tokio::process::Child, Failure> {
    command.spawn().map_err(|why| {
        let program = command
            .as_std()
            .get_program()
            .to_string_lossy()
            .into_owned();
        Failure::Refused(format!(
            "{program} cannot be run ({why}): install it (apt-get install age)."
        ))
    })
}

/// What the program makes of the input.
pub(super) async fn through(mut command: Command, input: &[u8]) -> Result<Vec<u8>, Failure> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = start(command.stderr(Stdio::piped()))?;
    let entrance = child.stdin.take();
    let writing = async {
        if let Some(mut entrance) = entrance {
            // One that ends early says why by itself.
            let _ = entrance.write_all(input).await;
        }
    };
    let ((), ended) = tokio::join!(writing, child.wait_with_output());
    let ended = ended?;
    match ended.status.success() {
        true => Ok(ended.stdout),
        false => Err(Failure::Refused(
            String::from_utf8_lossy(&ended.stderr).trim().to_owned(),
        )),
    }
}
