//! Tables with aligned columns.

use std::io::Write;

use crate::failure::Failure;

/// How a column is aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// Writes a table; each row has a cell for each column.
pub(crate) fn write(
    out: &mut impl Write,
    columns: &[(&str, Side)],
    rows: &[Vec<String>],
) -> Result<(), Failure> {
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        widest.max(columns[at].0.chars().count())
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let names: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    for row in std::iter::once(&names).chain(rows) {
        let cells = row.iter().zip(columns).zip(&widths);
        let cells = cells.map(|((cell, (_, side)), width)| match side {
            Side::Left => format!("{cell:<width$}"),
            Side::Right => format!("{cell:>width$}"),
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_whatever_the_script() {
        let mut out = Vec::new();
        let columns = [("WHO", Side::Left), ("N", Side::Right)];
        let rows = [
            vec!["анна".to_owned(), "7".to_owned()],
            vec!["b".to_owned(), "12".to_owned()],
        ];
        write(&mut out, &columns, &rows).expect("writing to a vector cannot fail");
        let table = String::from_utf8(out).expect("text");
        assert_eq!(table, "WHO    N\nанна   7\nb     12\n");
    }
}
