//! The tables that segments define, as they are at a place in the file (ITU T.81, section B.2.4).

use std::cell::OnceCell;

use super::frame::Component;
use super::huffman::{Ac, Table};
use super::segments::{DHT, DQT, DRI, take};
use crate::Fault;

/// The most tables: a progressive photo has some dozens, and 64 scans with eight each are 512. More
/// make work out of few bytes.
const MAX_TABLES: usize = 1_000;

#[derive(Default)]
pub(super) struct Tables {
    pub quantisation: [Option<[u16; 64]>; 4],
    pub dc: [Option<Table>; 4],
    /// Unfolded when a scan first asks for one: that takes far longer than to read it.
    ac: [Option<(Table, OnceCell<Ac>)>; 4],
    /// How many there have been.
    count: usize,
    /// Units between restart markers; 0: there are none.
    pub restart: usize,
}

impl Tables {
    pub(super) fn steps(&self, component: &Component) -> Result<&[u16; 64], Fault> {
        self.quantisation[usize::from(component.quantisation)]
            .as_ref()
            .ok_or_else(no_table)
    }

    pub(super) fn ac(&self, index: usize) -> Result<&Ac, Fault> {
        let (code, unfolded) = self.ac[index].as_ref().ok_or_else(no_table)?;
        Ok(unfolded.get_or_init(|| Ac::new(code.clone())))
    }

    /// Takes in a segment that defines tables; others leave it as it is.
    pub(super) fn learn(&mut self, marker: u8, mut body: &[u8]) -> Result<(), Fault> {
        match marker {
            DQT => {
                while !body.is_empty() {
                    self.learn_quantisation(&mut body)?;
                }
            }
            DHT => {
                while !body.is_empty() {
                    self.learn_code(&mut body)?;
                }
            }
            DRI => {
                let interval = take(&mut body, 2)?;
                self.restart = usize::from(u16::from_be_bytes([interval[0], interval[1]]));
            }
            _ => {}
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), Fault> {
        self.count += 1;
        match self.count <= MAX_TABLES {
            true => Ok(()),
            false => Err(Fault::TooMuch("it has too many tables".to_owned())),
        }
    }

    fn learn_quantisation(&mut self, body: &mut &[u8]) -> Result<(), Fault> {
        self.count()?;
        let head = take(body, 1)?[0];
        let mut steps = [0; 64];
        match head >> 4 {
            0 => {
                for (step, byte) in steps.iter_mut().zip(take(body, 64)?) {
                    *step = u16::from(*byte);
                }
            }
            _ => {
                for (step, pair) in steps.iter_mut().zip(take(body, 128)?.chunks_exact(2)) {
                    *step = u16::from_be_bytes([pair[0], pair[1]]);
                }
            }
        }
        let place = self.quantisation.get_mut(usize::from(head & 15));
        *place.ok_or_else(no_table)? = Some(steps);
        Ok(())
    }

    fn learn_code(&mut self, body: &mut &[u8]) -> Result<(), Fault> {
        self.count()?;
        let head = take(body, 1)?[0];
        let mut counts = [0; 16];
        counts.copy_from_slice(take(body, 16)?);
        let symbols = counts.iter().map(|count| usize::from(*count)).sum();
        let table = Table::new(&counts, take(body, symbols)?)?;
        let index = usize::from(head & 15);
        match head >> 4 {
            0 => *self.dc.get_mut(index).ok_or_else(no_table)? = Some(table),
            _ => {
                *self.ac.get_mut(index).ok_or_else(no_table)? = Some((table, OnceCell::new()));
            }
        }
        Ok(())
    }
}

pub(super) fn no_table() -> Fault {
    Fault::broken("a table is missing in it")
}
