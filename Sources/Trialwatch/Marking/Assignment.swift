internal import ArgumentParser
internal import JSON
internal import YAML

/// `name=value` on a command line.
struct Assignment {
    let name: String
    let value: JSON

    /// The parts of a dotted name: where in nested mappings the value goes.
    var path: [String] { name.split(separator: ".", omittingEmptySubsequences: false).map(String.init) }

    /// Reads a parameter, of which each part of the name says something.
    @Sendable static func parameter(_ text: String) throws -> Assignment {
        let assignment = try Assignment(text)
        guard assignment.path.allSatisfy({ !$0.isEmpty }) else {
            throw ValidationError("'\(SafeText.line(assignment.name))': a part of the name is missing")
        }
        return assignment
    }

    /// Reads a point of a metric, which is a number.
    @Sendable static func metric(_ text: String) throws -> Assignment {
        let assignment = try Assignment(text)
        switch assignment.value {
        case .number: return assignment
        case .string(let text):
            // As Python and JavaScript print them.
            let number: Double? =
                switch text {
                case "nan", "NaN": .nan
                case "inf", "Infinity": .infinity
                case "-inf", "-Infinity": -.infinity
                default: nil
                }
            if let number {
                return Assignment(name: assignment.name, value: .number(JSON.Number(asPythonWrites: number)))
            }
        default: break
        }
        throw ValidationError("a metric's value is a number: \(SafeText.line(assignment.name))=0.3")
    }

    /// Reads any value.
    @Sendable static func value(_ text: String) throws -> JSON {
        do throws(YAMLProblem) {
            return JSON(try YAMLNode.argument(text, named: "value"))
        } catch {
            throw ValidationError("\(SafeText.line("\(error)")) (text that begins with a bracket or a quote: \"'[x'\")")
        }
    }

    private init(_ text: String) throws {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
            throw ValidationError("expected name=value")
        }
        self.init(name: String(text[..<equals]), value: try Self.value(String(text[text.index(after: equals)...])))
    }

    private init(name: String, value: JSON) {
        self.name = name
        self.value = value
    }
}
