//! The built pages are put into the binary of a release; a build of them that changed makes it anew.

fn main() {
    println!("cargo::rerun-if-changed=../web/mini-app/dist");
}
