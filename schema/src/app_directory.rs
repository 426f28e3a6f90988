//! What an app directory is, for everybody who reads one.

/// Folders that are no part of an app, wherever they lie in its directory: what version control and
/// package managers keep there.
pub const FOREIGN_FOLDERS: [&str; 3] = [".git", ".github", "node_modules"];

/// The folder that says which app on a server a directory belongs to. It is part of the directory, and
/// not of what the app is: it stays behind where an app is copied.
pub const IDENTITY_FOLDER: &str = ".mdb/";
