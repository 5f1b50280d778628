@main struct Zaehlwerk { static func main() {} }
