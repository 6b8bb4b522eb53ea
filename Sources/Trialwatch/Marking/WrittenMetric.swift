internal import JSON

/// A metric of a marker to which points are appended, in the form that its points have already.
struct WrittenMetric {
    private enum Form {
        /// The epoch is the place in the list.
        case plain
        /// `[epoch, value]`.
        case pair
        /// `{epoch, value}`.
        case mapping
    }

    private var points: [JSON]
    private var form = Form.plain
    private var next = 0

    /// What is there: nothing, a number, which becomes the first point, or a list.
    init(_ json: JSON, named name: String) throws(CommandFailure) {
        switch json {
        case .null: points = []
        case .array(let elements): points = elements
        case .object:
            throw CommandFailure("metrics.\(name)", "it is read from a file", remedy: "append to that file")
        default: points = [json]
        }
        for (index, point) in points.enumerated() {
            // A number among points counts by its place.
            let epoch = point[0]?.int ?? point["epoch"]?.int ?? index
            next = max(next, epoch &+ 1)
            switch point {
            case .array: form = .pair
            case .object: form = .mapping
            default: break
            }
        }
    }

    /// Adds a value at the next epoch.
    mutating func append(_ value: JSON) {
        switch form {
        case .plain: points.append(value)
        case .pair: points.append([JSON(next), value])
        case .mapping: points.append(["epoch": JSON(next), "value": value])
        }
        next &+= 1
    }

    /// The list.
    var json: JSON { .array(points) }
}
