import Pickle
import Records
import Testing
import Trials

@Suite struct PointPickleTests {
    private static let points: [MetricPoint] = [
        (0, MetricValue.float(0.5), 0), (255, .integer(256), 3600), (256, .integer(-1), -12_600),
        (65_536, .integer(.max), 45_900), (-3, .integer(.min), 0), (.max, .float(.infinity), 3600),
        (70_000, .float(.nan), -3600), (1, .float(-0.0), 0),
    ].map { MetricPoint(epoch: $0, value: $1, recorded: Timestamp(nanoseconds: 1_700_000_000_123_456_789, offset: $2)) }

    @Test(arguments: points)
    func `a point comes back whole, and daskperiment finds what it knows`(_ point: MetricPoint) throws {
        let bytes = PointPickle.bytes(point)
        #expect(PointPickle.point(bytes) == point)
        let value = try PickleValue(pickled: bytes)
        #expect(value["Epoch"] == .int(point.epoch))
        #expect(MetricRecord.Point(value)?.value == point.value)
        #expect(
            value["Timestamp"]?.timestamp?.nanoseconds == point.recorded.nanoseconds + point.recorded.offset
                * 1_000_000_000)
    }

    @Test func `what is cut or is another pickle is no point`() {
        let bytes = PointPickle.bytes(Self.points[1])
        for count in 0..<bytes.count { #expect(PointPickle.point(Array(bytes.prefix(count))) == nil) }
        #expect(PointPickle.point(bytes + [0]) == nil)
        #expect(PointPickle.point(MetricRecord.pickle(Self.points[0]).pickled()) == nil)
    }
}
