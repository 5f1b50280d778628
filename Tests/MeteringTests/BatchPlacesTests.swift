import CoreKit
import Metering
import Testing

@Suite struct `Places of a message` {
    @Test(arguments: 0..<100) func `behave like a set of numbers`(seed: Int) {
        var numbers = Seeded(seed)
        func random() -> (BatchPlaces, Set<Int>) {
            var (places, known) = (BatchPlaces(), Set<Int>())
            for _ in 0..<Int.random(in: 0...6, using: &numbers) {
                let low = Int.random(in: 0...30, using: &numbers)
                let range = low..<low + Int.random(in: 0...6, using: &numbers)
                if Int.random(in: 0...3, using: &numbers) == 0 {
                    places.remove(slots: range)
                    known.subtract(range)
                } else {
                    places.insert(slots: range)
                    known.formUnion(range)
                }
            }
            return (places, known)
        }
        func slots(_ places: BatchPlaces) -> Set<Int> { Set(places.runs(of: 0..<64).flatMap(\.self)) }
        let (first, known) = random()
        let (second, others) = random()
        #expect(slots(first) == known)
        #expect(slots(first.union(second)) == known.union(others))
        #expect(slots(first.subtracting(second)) == known.subtracting(others))
        #expect(Set(first.runs(of: 5..<20).flatMap(\.self)) == known.intersection(5..<20))
        #expect(BatchPlaces(text: first.text) == first)
        #expect(first.isEmpty == known.isEmpty)
    }

    @Test func `readings and slots have places of their own`() {
        var places = BatchPlaces()
        places.insert(reading: 3)
        places.insert(slots: 3..<5)
        #expect(places.contains(reading: 3) && !places.contains(reading: 4))
        #expect(places.text == "{[3,4),[4294967299,4294967301)}")
        #expect(BatchPlaces.all.subtracting(places).runs(of: 0..<8) == [0..<3, 5..<8])
        #expect(BatchPlaces(text: "{}") == BatchPlaces() && BatchPlaces(text: "[1,2)") == nil && BatchPlaces(text: "{[2,1)}") == nil)
    }
}
