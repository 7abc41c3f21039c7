//! The foundation against real servers.

mod tls;
