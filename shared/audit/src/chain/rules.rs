//! The rules of the chain. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

/// SHA-256.
pub type Hash = [u8; 32];

/// How long a line is kept, and its missing is a fault.
pub const KEPT: TimeDelta = TimeDelta::days(90);

/// The digests of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digests {
    /// Of what outlives an erasure.
    pub lasting: Hash,
    /// Of the whole line.
    pub whole: Hash,
}

/// A seal, and the line as it is found now.
#[derive(Clone, Copy, Debug)]
pub struct Sealed {
    pub seq: i64,
    pub made_at: DateTime<Utc>,
    pub digests: Digests,
    pub chain: Hash,
    /// `None`: the line is not there.
    pub now: Option<Found>,
}

/// A line as it is found.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub digests: Digests,
    /// Whether it holds nothing of a person, as after an erasure.
    pub is_bare: bool,
}

/// What a line has gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Intact,
    /// A person's values were erased.
    Erased,
    /// It was deleted after its time.
    Pruned,
}

/// What is wrong with a line or its seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The seal does not follow from the one before: it or an earlier one was changed, put in or taken out.
    Broken,
    /// The line is not the one that was sealed.
    Changed,
    /// The line is gone before its time.
    Missing,
}

/// The link of a seal: of the one before it (none before the first), its number, and the line.
pub fn link(before: Option<&Hash>, seq: i64, made_at: DateTime<Utc>, line: &Digests) -> Hash {
    let mut hash = Sha256::new();
    if let Some(before) = before {
        hash.update(before);
    }
    hash.update(seq.to_be_bytes());
    hash.update(made_at.timestamp_micros().to_be_bytes());
    hash.update(line.lasting);
    hash.update(line.whole);
    hash.finalize().into()
}

/// Judges a seal by the one before it (number and link), and by its line.
///
/// # Errors
/// What is wrong.
pub fn judge(
    before: Option<(i64, &Hash)>,
    sealed: &Sealed,
    now: DateTime<Utc>,
) -> Result<State, Fault> {
    let follows = before.map_or(sealed.seq == 1, |(seq, _)| sealed.seq == seq + 1);
    let chain = link(
        before.map(|(_, chain)| chain),
        sealed.seq,
        sealed.made_at,
        &sealed.digests,
    );
    if !follows || chain != sealed.chain {
        return Err(Fault::Broken);
    }
    match sealed.now {
        Some(line) if line.digests == sealed.digests => Ok(State::Intact),
        Some(line) if line.is_bare && line.digests.lasting == sealed.digests.lasting => {
            Ok(State::Erased)
        }
        Some(_) => Err(Fault::Changed),
        None if sealed.made_at + KEPT < now => Ok(State::Pruned),
        None => Err(Fault::Missing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: Digests = Digests {
        lasting: [1; 32],
        whole: [2; 32],
    };

    fn at(days: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(days)
    }

    fn sealed(before: Option<&Hash>, seq: i64, now: Option<Found>) -> Sealed {
        Sealed {
            seq,
            made_at: at(0),
            digests: LINE,
            chain: link(before, seq, at(0), &LINE),
            now,
        }
    }

    fn found(digests: Digests, is_bare: bool) -> Option<Found> {
        Some(Found { digests, is_bare })
    }

    /// `python3 -c "import hashlib;print(hashlib.sha256((1).to_bytes(8,'big')+bytes(8)+b'\1'*32+b'\2'*32).hexdigest())"`
    #[test]
    fn a_link_is_the_digest_of_what_it_names() {
        assert_eq!(
            hex(&link(None, 1, at(0), &LINE)),
            "b60476cb294cb50115c099d948f0782a3541e75b70e50aa5402b1633acf58aba"
        );
    }

    fn hex(hash: &Hash) -> String {
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn what_may_become_of_a_line_is_told_from_what_may_not() {
        let other = Digests {
            whole: [9; 32],
            ..LINE
        };
        let foreign = Digests {
            lasting: [9; 32],
            ..other
        };
        for (now, day, judged) in [
            (found(LINE, false), 1, Ok(State::Intact)),
            (found(other, true), 1, Ok(State::Erased)),
            (None, 91, Ok(State::Pruned)),
            (found(other, false), 1, Err(Fault::Changed)),
            (found(foreign, true), 1, Err(Fault::Changed)),
            (None, 89, Err(Fault::Missing)),
        ] {
            assert_eq!(
                judge(None, &sealed(None, 1, now), at(day)),
                judged,
                "{now:?}"
            );
        }
    }

    #[test]
    fn a_seal_follows_the_one_before_and_no_other() {
        let first = sealed(None, 1, found(LINE, false));
        let second = sealed(Some(&first.chain), 2, found(LINE, false));
        let before = Some((1, &first.chain));
        assert_eq!(judge(before, &second, at(1)), Ok(State::Intact));
        assert_eq!(judge(None, &second, at(1)), Err(Fault::Broken));
        assert_eq!(
            judge(Some((1, &[7; 32])), &second, at(1)),
            Err(Fault::Broken)
        );
        assert_eq!(
            judge(Some((2, &first.chain)), &second, at(1)),
            Err(Fault::Broken)
        );
    }
}
