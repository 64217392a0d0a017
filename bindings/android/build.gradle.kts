// Linnet as an Android library module; README.md says how an app takes it in.
plugins {
    id("com.android.library")
}

android {
    namespace = "dev.linnet"
    compileSdk = 35
    ndkVersion = "27.2.12479018"

    defaultConfig {
        minSdk = 24
        consumerProguardFiles("consumer-rules.pro")
        ndk { abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86_64") }
        externalNativeBuild {
            cmake {
                targets += "linnet_jni"
                arguments += listOf("-DCMAKE_BUILD_TYPE=Release", "-DANDROID_STL=c++_static")
                // flatbuffers' headers, where they are not found by themselves: -Plinnet.flatbuffers=FOLDER
                findProperty("linnet.flatbuffers")?.let { arguments += "-DLINNET_FLATBUFFERS_INCLUDE=$it" }
            }
        }
    }
    externalNativeBuild {
        cmake {
            path = file("src/main/cpp/CMakeLists.txt")
            version = "3.25.0+"
        }
    }
    // What needs android.jar is apart from what any Java compiles.
    sourceSets["main"].java.srcDir("src/android/java")
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }
}
