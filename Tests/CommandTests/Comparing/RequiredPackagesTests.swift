import JSON
import Testing

@testable import Trialwatch

@Suite struct RequiredPackagesTests {
    struct Row: Sendable {
        let before: String
        let after: String
        /// `name: version → version`, `name: + version`, `name: - version`.
        let changes: [String]

        init(_ before: String, _ after: String, _ changes: [String]) {
            (self.before, self.after, self.changes) = (before, after, changes)
        }
    }

    @Test(arguments: [
        Row(
            "numpy==1.0\nscipy==2.0\n", "numpy==1.1\npandas==3\n",
            [
                "numpy: 1.0 → 1.1", "pandas: + 3", "scipy: - 2.0",
            ]),
        Row("Foo.Bar==1\n", "foo-bar==1\n", []),
        Row("Foo.Bar==1\n", "foo_bar==2\n", ["foo_bar: 1 → 2"]),
        Row("a @ file:///x/a-1.whl\n", "a==1\n", ["a: file:///x/a-1.whl → 1"]),
        Row(
            "-e git+https://h/r@aaa#egg=mine\n", "-e git+https://h/r@bbb#egg=mine&subdirectory=x\n",
            ["mine: git+https://h/r@aaa → git+https://h/r@bbb"]),
        Row("# a comment\n\nx===1.0+cu118\r\n", "x===1.0+cu121\n", ["x: 1.0+cu118 → 1.0+cu121"]),
        Row("", "b==1\na==1\n", ["a: + 1", "b: + 1"]),
    ])
    func `packages are told apart by name, with both versions`(row: Row) {
        let told = RequiredPackages.changes(row.before, row.after).map { change in
            switch (change.before?.string, change.after?.string) {
            case (let before?, let after?): "\(change.name): \(before) → \(after)"
            case (nil, let after?): "\(change.name): + \(after)"
            case (let before, nil): "\(change.name): - \(before ?? "")"
            }
        }
        #expect(told == row.changes)
    }
}
