import Testing

@testable import Trialwatch

@Suite struct TableTests {
    private let columns: [Table.Column] = [
        .init(title: "name", importance: 3), .init(title: "lr", isNumeric: true, importance: 2),
        .init(title: "note", importance: 1),
    ]
    private let rows: [[Table.Cell]] = [
        [.init("学習"), .init("0.1"), .init("a")], [.init("b"), .init("12.25", exact: "12.2500001"), .init("long note")],
    ]

    @Test func `on a terminal columns are aligned, numbers at their right`() {
        let (lines, omitted) = Table.lines(columns, rows, Page(width: 40, hasColour: false))
        #expect(lines == ["name     lr  note", "学習    0.1  a", "b     12.25  long note"])
        #expect(omitted.isEmpty)
    }

    @Test func `a narrow terminal loses the least important columns, and they are named`() {
        let (lines, omitted) = Table.lines(columns, rows, Page(width: 12, hasColour: false))
        #expect(lines == ["name     lr", "学習    0.1", "b     12.25"])
        #expect(omitted == ["note"])
        #expect(Table.lines(columns, rows, Page(width: 1, hasColour: false)).omitted == ["lr", "note"])
    }

    @Test func `elsewhere cells are exact, whole and separated by tabs`() {
        let lines = Table.lines(columns, rows, .plain).lines
        #expect(lines == ["name\tlr\tnote", "学習\t0.1\ta", "b\t12.2500001\tlong note"])
    }

    @Test func `colour takes no room and stays off where it was declined`() {
        let styled: [[Table.Cell]] = [[.init("x", .good), .init("1"), .init("")]]
        let lines = Table.lines(columns, styled, Page(width: 40, hasColour: true)).lines
        #expect(lines[1] == "\u{1B}[32mx\u{1B}[0m      1  ")
        #expect(!Table.lines(columns, styled, Page(width: 40, hasColour: false)).lines[1].contains("\u{1B}"))
    }
}
