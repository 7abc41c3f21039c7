//! What roles may do, as a table in the code: that of members, and that of operators.

/// Declares what roles allow. Each line names the roles that have the permission; `lacking` begins the reason in the
/// refusal of the others.
#[macro_export]
macro_rules! permissions {
    (
        $permission:ident of $role:ident, $lacking:literal;
        $($(#[$meta:meta])* $name:ident = $text:literal [$($has:ident)+]),+ $(,)?
    ) => {
        /// One thing that a role may allow.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $permission { $($(#[$meta])* $name),+ }

        impl $permission {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its spelling.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The roles that have it.
            pub fn roles(self) -> &'static [$role] {
                match self { $(Self::$name => &[$($role::$has),+]),+ }
            }

            /// The reason in the refusal of who lacks it.
            pub fn lacking(self) -> &'static str {
                match self { $(Self::$name => concat!($lacking, $text)),+ }
            }
        }

        impl $role {
            pub fn may(self, permission: $permission) -> bool {
                permission.roles().contains(&self)
            }

            /// The rank: whether this role may all that the other one may. Nobody gives or takes a role that theirs
            /// does not cover.
            pub fn covers(self, other: Self) -> bool {
                let all = $permission::ALL.iter();
                all.filter(|permission| other.may(**permission))
                    .all(|permission| self.may(*permission))
            }
        }
    };
}
