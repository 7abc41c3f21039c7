//! The tables that segments define, as they are at a place in the file (ITU T.81, section B.2.4).

use super::frame::Component;
use super::huffman::{Ac, Table};
use super::segments::{DHT, DQT, DRI, take};
use crate::Fault;

#[derive(Default)]
pub(super) struct Tables {
    pub quantisation: [Option<[u16; 64]>; 4],
    pub dc: [Option<Table>; 4],
    pub ac: [Option<Ac>; 4],
    /// Units between restart markers; 0: there are none.
    pub restart: usize,
}

impl Tables {
    pub(super) fn steps(&self, component: &Component) -> Result<&[u16; 64], Fault> {
        self.quantisation[usize::from(component.quantisation)]
            .as_ref()
            .ok_or_else(no_table)
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

    fn learn_quantisation(&mut self, body: &mut &[u8]) -> Result<(), Fault> {
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
        let head = take(body, 1)?[0];
        let mut counts = [0; 16];
        counts.copy_from_slice(take(body, 16)?);
        let symbols = counts.iter().map(|count| usize::from(*count)).sum();
        let table = Table::new(&counts, take(body, symbols)?)?;
        let index = usize::from(head & 15);
        match head >> 4 {
            0 => *self.dc.get_mut(index).ok_or_else(no_table)? = Some(table),
            _ => *self.ac.get_mut(index).ok_or_else(no_table)? = Some(Ac::new(table)),
        }
        Ok(())
    }
}

pub(super) fn no_table() -> Fault {
    Fault::broken("a table is missing in it")
}
